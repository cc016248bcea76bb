"""
Cut the excerpt of the REES46 sample for the offline demo, and invent the customers that go with it.

Run:  python examples/real/make_excerpt.py ../shared/data/rees46_sample/2019-Oct.csv
Takes: every row of the visitors who put something into a cart, and of some who only looked; whole visits, as they were.
Makes: rees46_excerpt.csv.gz (real), contacts.csv and consents.csv (invented: names and addresses are nobody's).
The same input gives the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from hashlib import blake2b
from pathlib import Path

HERE = Path(__file__).parent
VIEWERS = 160
"""How many visitors who put nothing into a cart are kept beside those who did."""
CONTACT_SHARE, GRANTED_SHARE, WITHDRAWN_SHARE = 0.92, 0.85, 0.06

FRENCH = (
    ("Camille", "Jeanne", "Louis", "Inès", "Hugo", "Léa", "Gabriel", "Zoé", "Émile", "Manon", "Rémi", "Chloé", "Noé", "Élise"),
    ("Martin", "Lefèvre", "Moreau", "Girard", "Rousseau", "Blanchard", "Chevalier", "Perrin", "Gauthier", "Barbier", "Noël"),
)
ENGLISH = (
    ("Alice", "Oliver", "Grace", "Harry", "Emily", "George", "Ruby", "Jack", "Freya", "Leo", "Isla", "Arthur", "Poppy", "Theo"),
    ("Walker", "Hughes", "Carter", "Bennett", "Cooper", "Morgan", "Turner", "Parker", "Foster", "Webb", "Chapman"),
)


def draw(*parts: str) -> float:
    """Draw a number in [0, 1) that depends on nothing but the words given."""
    return int.from_bytes(blake2b("/".join(parts).encode(), digest_size=6).digest(), "big") / 2**48


def plain(name: str) -> str:
    """Write a name as it stands in an address."""
    return name.lower().translate(str.maketrans("éèëïâ", "eeeia"))


def main(source: Path) -> None:
    """Write the three files."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["user_session"]]
    buyers = {row["user_id"] for row in rows if row["event_type"] == "cart"}
    others = sorted({row["user_id"] for row in rows} - buyers, key=lambda user: draw("viewer", user))
    users = buyers | set(others[:VIEWERS])
    excerpt = [row for row in rows if row["user_id"] in users]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(excerpt[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(excerpt)
    (HERE / "rees46_excerpt.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    people = [person(user) for user in sorted(users) if draw("contact", user) < CONTACT_SHARE]
    write(HERE / "contacts.csv", people)
    write(HERE / "consents.csv", [said for one in people if (said := consent(one)) is not None])
    print(f"{len(excerpt)} events of {len(users)} visitors ({len(buyers)} with a cart), {len(people)} contacts")  # noqa: T201


def person(user: str) -> dict[str, str]:
    """Invent who a visitor is."""
    language, (firsts, lasts), host = (
        ("fr", FRENCH, "example.org") if draw("language", user) < 0.6 else ("en", ENGLISH, "example.com")
    )
    first = firsts[int(draw("first", user) * len(firsts))]
    last = lasts[int(draw("last", user) * len(lasts))]
    return {
        "user_id": user,
        "email": f"{plain(first)}.{plain(last)}.{user[-4:]}@{host}",
        "first_name": first,
        "last_name": last,
        "language": language,
        "since": "2019-09-01T08:00:00Z",
    }


def consent(one: dict[str, str]) -> dict[str, str] | None:
    """Invent what a person said to marketing by e-mail; some never said anything."""
    luck = draw("consent", one["user_id"])
    if luck >= GRANTED_SHARE + WITHDRAWN_SHARE:
        return None
    is_granted = luck < GRANTED_SHARE
    return {
        "email": one["email"],
        "purpose": "marketing",
        "channel": "email",
        "state": "granted" if is_granted else "withdrawn",
        "text_version": f"2019-08-{one['language']}",
        "proof": "newsletter form" if is_granted else "preference page",
        "given_at": f"2019-09-{1 + int(draw('day', one['user_id']) * 28):02d}T10:00:00Z",
    }


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
