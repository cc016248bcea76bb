"""Formats: spreadsheets, packs, encodings, and the bombs among them."""

from __future__ import annotations

import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comptoir.sources import csvfile, files, headers, packs
from comptoir.sources.base import PLAIN, FileUnreadable, Layout, Sheet

_BOOK = """<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>%s</sheets></workbook>"""
_RELATIONS = """<?xml version="1.0"?><Relationships
 xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>"""
_DATE_STYLE = """<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"""


def workbook(
    path: Path, sheets: dict[str, list[list[object]]], *, extra: str = "", merged: tuple[str, ...] = ()
) -> Path:
    """Write a workbook by hand: text inline, numbers, and days as styled serial numbers (tuples)."""

    def cell(value: object) -> str:
        if isinstance(value, tuple):
            return f'<c s="1"><v>{value[0]}</v></c>'
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = list(sheets)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        root = f'<Relationship Id="r0" Type="{base}/officeDocument" Target="xl/workbook.xml"/>'
        pack.writestr("_rels/.rels", _RELATIONS % root)
        pack.writestr("xl/workbook.xml", _BOOK % "".join(
            f'<sheet name="{name}" sheetId="{place}" r:id="r{place}"/>' for place, name in enumerate(names, 1)
        ))  # fmt: skip
        pack.writestr("xl/_rels/workbook.xml.rels", _RELATIONS % ("".join(
            f'<Relationship Id="r{place}" Type="{base}/worksheet" Target="worksheets/s{place}.xml"/>'
            for place in range(1, len(names) + 1)
        ) + f'<Relationship Id="rs" Type="{base}/styles" Target="styles.xml"/>'))  # fmt: skip
        pack.writestr("xl/styles.xml", _DATE_STYLE)
        for place, rows in enumerate(sheets.values(), 1):
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            spans = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
            pack.writestr(
                f"xl/worksheets/s{place}.xml",
                f'<?xml version="1.0"?>{extra}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
                f'main"><sheetData>{body}</sheetData><mergeCells>{spans}</mergeCells></worksheet>',
            )
    return path


def read(path: Path, layout: Layout = PLAIN) -> dict[str, list[str | None]]:
    columns: dict[str, list[str | None]] = {}
    for sheet in files.sheets(path, layout):
        for name, texts in sheet.columns.items():
            columns.setdefault(name, []).extend(texts)
    return columns


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, body in members.items():
            pack.writestr(name, body)
    return path


# ── spreadsheets ──


def test_the_first_sheet_that_is_not_empty_is_read_with_numbers_and_days_as_text(tmp_path: Path) -> None:
    sold: list[list[object]] = [
        ["Ticket", "Prix", "Date", "Payé"],
        ["007", 19.9, (46115,), True],
        [12, 1200, (46115.5,), False],
    ]
    path = workbook(tmp_path / "a.xlsx", {"Vide": [], "Ventes": sold})

    assert read(path) == {
        "Ticket": ["007", "12"], "Prix": ["19.9", "1200"], "Date": ["2026-04-03", "2026-04-03 12:00:00"],
        "Payé": ["true", "false"],
    }  # fmt: skip


def test_the_dust_of_binary_fractions_is_left_out(tmp_path: Path) -> None:
    sums = [0.1 + 0.2, 1.776357e-15, -2.2e-16, 19.99, 1e-6]
    pq.write_table(pa.table({"x": sums}), tmp_path / "a.parquet")
    rows: list[list[object]] = [["x"]]
    rows.extend([one] for one in sums)

    for path in (tmp_path / "a.parquet", workbook(tmp_path / "a.xlsx", {"A": rows})):
        texts = [Decimal(text or "") for text in read(path)["x"]]
        assert texts == [Decimal("0.3"), 0, 0, Decimal("19.99"), Decimal("0.000001")]


def test_a_sheet_is_chosen_by_name_and_one_that_is_not_there_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": [["x"], ["1"]], "B": [["x"], ["2"]]})

    assert read(path, Layout(sheet="B")) == {"x": ["2"]}
    with pytest.raises(FileUnreadable, match="no sheet"):
        read(path, Layout(sheet="C"))


def test_lines_of_a_sheet_are_its_rows_and_blank_rows_are_none(tmp_path: Path) -> None:
    (sheet,) = files.sheets(workbook(tmp_path / "a.xlsx", {"A": [["x"], ["1"], [""], ["3"]]}), PLAIN)

    assert (list(sheet.lines), sheet.raw(1)) == ([2, 4], b'["3"]')


def test_a_billion_laughs_are_not_laughed(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{former};" * 10}">' for former, name in zip("abcdefghi", "bcdefghij", strict=True)
    ) + "]>"  # fmt: skip
    path = workbook(tmp_path / "a.xlsx", {"A": [["x"], ["&j;"]]}, extra=laughs)

    try:
        said = read(path)
    except FileUnreadable:
        return
    assert sum(len(text or "") for texts in said.values() for text in texts) < 100


def test_a_workbook_that_is_none_is_unreadable(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<broken"})

    with pytest.raises(FileUnreadable):
        read(path)


def test_a_workbook_that_unpacks_to_a_bomb_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "SMALL", 1 << 20)
    path = workbook(tmp_path / "a.xlsx", {"A": [["x"], ["9" * (4 << 20)]]})

    with pytest.raises(FileUnreadable, match="unpacks to more"):
        read(path)


@pytest.mark.parametrize("place", ['r="XFD1048576"', "r='XFD1048576'", 'r = "xfd1048576"'])
def test_two_cells_at_the_ends_of_a_sheet_do_not_fill_the_memory(tmp_path: Path, place: str) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": [["x"], ["1"]]})
    with zipfile.ZipFile(path, "a") as pack:
        pack.writestr("xl/worksheets/s2.xml", f"<worksheet><sheetData><row><c {place}/></row></sheetData></worksheet>")

    with pytest.raises(FileUnreadable, match="too far apart"):
        read(path)


def test_other_spreadsheets_are_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="save it as"):
        read(zipped(tmp_path / "a.ods", {"content.xml": b"<x/>"}))


def test_a_title_over_all_columns_is_no_header(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Clients, mars 2024", "", ""], ["e-mail", "nom", "points"], ["a@b.fr", "Durand", 3]]
    path = workbook(tmp_path / "a.xlsx", {"s": rows}, merged=("A1:C1",))

    assert read(path) == {"e-mail": ["a@b.fr"], "nom": ["Durand"], "points": ["3"]}


def test_names_below_merged_ones_are_the_columns(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["numéro", "Facturation", "", "Livraison", ""], ["", "rue", "ville", "rue", "pays"],
        [1, "4 rue X", "Lyon", "5 rue Y", "FR"],
    ]  # fmt: skip
    path = workbook(tmp_path / "a.xlsx", {"s": rows}, merged=("A1:A2", "B1:C1", "D1:E1"))

    assert read(path) == {
        "numéro": ["1"], "Facturation rue": ["4 rue X"], "ville": ["Lyon"], "Livraison rue": ["5 rue Y"],
        "pays": ["FR"],
    }  # fmt: skip


def test_a_row_below_a_merged_name_stays_a_row(tmp_path: Path) -> None:
    rows: list[list[object]] = [["numéro", "nom", ""], ["c", "Renée", "Durand"]]
    path = workbook(tmp_path / "a.xlsx", {"s": rows}, merged=("B1:C1",))

    assert read(path) == {"numéro": ["c"], "nom": ["Renée"]}


# ── headers ──

ROWS = "identifiant;prénom;courriel\r\nc1;Renée;r@x.fr\r\nc2;Zoé;z@x.fr\r\n"
ROWS_READ = {"identifiant": ["c1", "c2"], "prénom": ["Renée", "Zoé"], "courriel": ["r@x.fr", "z@x.fr"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "above",
    ["sep=;\r\n", "SEP=;\r\n", '"sep=;"\r\n', "Export clients du 3 mars 2024;;\r\n", "Export du 3 mars, 2024\r\n",
     "Clients\r\n\r\nTous\r\n", "sep=;\r\nClients;;\r\n", "\r\n\r\n"],
)  # fmt: skip
def test_what_stands_above_a_header_is_no_row(tmp_path: Path, above: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((above + ROWS).encode(encoding))

    assert read(path) == ROWS_READ
    (sheet,) = files.sheets(path, PLAIN)
    assert list(sheet.lines) == [above.count("\n") + 2, above.count("\n") + 3]


@pytest.mark.parametrize(
    ("text", "columns"),
    [("email\na@b.fr\nc@d.fr\n", ["email"]), ("id,2023,2024\nx,une,deux\n", ["id", "2023", "2024"]),
     ("Nom\nDurand\n", ["Nom"]), ("1,2\n3,4\n", ["1", "2"]), ("sep\nx\n", ["sep"])],
)  # fmt: skip
def test_the_first_line_is_the_header_where_nothing_says_otherwise(
    tmp_path: Path, text: str, columns: list[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)

    assert list(read(path)) == columns


def test_a_mapping_may_say_which_line_is_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\nc,d\n1,2\n")

    assert read(path, Layout(header=2)) == {"c": ["1"], "d": ["2"]}
    with pytest.raises(FileUnreadable, match="no header line"):
        read(path, Layout(header=9))


def test_a_file_that_only_says_what_stands_between_its_columns_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\n")

    with pytest.raises(FileUnreadable, match="no header line"):
        read(path)


def test_a_name_that_stands_twice_hides_no_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("tel,tel,,\n1,2,3,4\n")

    assert read(path) == {"tel": ["1"], "tel (2)": ["2"], "": ["3"], "(2)": ["4"]}


# ── packs ──


def test_what_is_written_beside_rows_is_left_out(tmp_path: Path) -> None:
    beside = {"LISEZMOI.txt": b"bonjour", "export/notice.pdf": b"%PDF", "README": b"x", "img/logo.PNG": b"\x89"}
    path = zipped(tmp_path / "a.zip", {"export/a.csv": b"x\n1\n", "export/reading.txt": b"x\n2\n"} | beside)

    assert read(path) == {"x": ["1", "2"]}


def test_a_zip_is_its_files_in_order_of_their_names(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        {"b.csv": b"x\n3\n", "a/a.csv": b"x\n1\n2\n", "__MACOSX/._b.csv": b"junk", ".hidden": b"junk",
         "c.csv.gz": gzip.compress(b"x\n4\n")},
    )  # fmt: skip

    assert read(path) == {"x": ["1", "2", "3", "4"]}


def test_a_folder_is_the_files_in_it_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "in" / "2026").mkdir(parents=True)
    (tmp_path / "in" / "b.csv").write_bytes(b"x\n3\n")
    zipped(tmp_path / "in" / "2026" / "a.zip", {"a.csv": b"x\n1\n2\n"})
    (tmp_path / "in" / ".part").write_bytes(b"junk")
    (tmp_path / "in" / "link.csv").symlink_to("/etc/passwd")

    assert read(tmp_path / "in") == {"x": ["1", "2", "3"]}


def test_an_empty_folder_and_an_empty_zip_say_so(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for path in (tmp_path / "in", zipped(tmp_path / "a.zip", {"x/": b""})):
        with pytest.raises(FileUnreadable, match="no file in it"):
            read(path)


def test_a_zip_with_a_flipped_bit_anywhere_says_so_and_is_never_read_otherwise(tmp_path: Path) -> None:
    body = b"a,b\n" + b"".join(b"%d,%d\n" % (number, number * 7_919 % 1_000) for number in range(2_000))
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("a.csv", body)
    sound, told = path.read_bytes(), 0
    for place in range(40, len(sound) - 100, 97):  # within what is packed: heads say names, sizes and sums of their own
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 4]) + sound[place + 1 :])
        for look in (lambda: [one.read_bytes() for one in packs.parts(path)], lambda: packs.check_size(path, 1 << 30)):
            with pytest.raises(FileUnreadable, match="the zip is broken"):
                look()
            told += 1
    assert told > 100


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_bomb_is_put_down_before_it_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(packs, "SMALL", 1 << 20)
    body = b"x\n" + b"0\n" * (4 << 20)
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zipped(path, {"a.csv": body})
    else:
        path.write_bytes(gzip.compress(body))

    with pytest.raises(FileUnreadable, match="unpacks to more"):
        read(path)


def test_a_zip_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as pack:
        pack.writestr("a.csv", "x\n1\n")

    with pytest.raises(FileUnreadable, match="zip in a zip"):
        read(zipped(tmp_path / "a.zip", {"inner.zip": inner.getvalue()}))


def test_a_name_that_climbs_out_of_its_zip_stays_inside(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"../../../outside.csv": b"x\n1\n"})

    assert read(path) == {"x": ["1"]}
    assert not (tmp_path.parent / "outside.csv").exists()


@pytest.mark.parametrize("cut", [30, 60, 100])
def test_a_cut_zip_is_unreadable_and_nothing_worse(tmp_path: Path, cut: int) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": b"x\n1\n"})
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(FileUnreadable):
        read(path)


# ── encodings ──

_FRENCH = "Prénom;Ville;Prix\nZoé;Besançon;12 €\nNoël;Nîmes;8 €\nAnaïs;Évry-sur-Œuvre;3 €\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso8859-15", "mac_roman", "utf-16"])
def test_french_text_is_read_in_each_encoding_it_comes_in(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(_FRENCH.encode(encoding))

    assert read(path)["Ville"] == ["Besançon", "Nîmes", "Évry-sur-Œuvre"]
    assert read(path)["Prix"] == ["12 €", "8 €", "3 €"]


def test_what_the_mapping_says_of_the_encoding_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("x\nпривет\n".encode("cp1251"))

    assert read(path, Layout(encoding="cp1251")) == {"x": ["привет"]}


def test_a_cut_utf_16_file_is_unreadable_or_read_but_never_crashes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("x\nhé\n".encode("utf-16")[:-1])

    try:
        sheets: list[Sheet] = list(files.sheets(path, PLAIN))
    except FileUnreadable:
        return
    assert sheets[0].columns.keys() == {"x"}


def test_any_delimiter_is_told_from_the_header() -> None:
    assert [headers.delimiter_of(f"a{one}b{one}c\n") for one in ",;\t|"] == [",", ";", "\t", "|"]


@pytest.mark.parametrize(
    "head", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0JFIF", b"%PDF-1.7\n1 0 obj", b"\xd0\xcf\x11\xe0"]
)
def test_what_is_no_text_is_said_to_be_none_whatever_its_name(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes(head + b"\n1,2\n")

    with pytest.raises(FileUnreadable, match="no text"):
        csvfile.encoding_of(path)
