"""Print how long functions and files are, and which are longer than usual: to be argued in review, never a failure."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
LONG_FUNCTION = 60
LONG_FILE = 600


def functions(path: Path) -> list[tuple[int, str]]:
    """List the functions of a file as (lines, where)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (1 + (node.end_lineno or node.lineno) - node.lineno, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def line(what: str, sizes: list[int], long: int) -> str:
    """Say median, 95th percentile and largest."""
    p95 = quantiles(sizes, n=20)[-1] if len(sizes) > 1 else sizes[0]
    spread = f"median {median(sizes):.0f}   p95 {p95:.0f}   longest {max(sizes)}"
    return f"     {what:<9} {len(sizes):>4}   {spread} (above {long} says why)"


def main() -> None:
    """Print the report for src."""
    paths = sorted((ROOT / "src").rglob("*.py"))
    by_function = [one for path in paths for one in functions(path)]
    by_file = [(len(path.read_text(encoding="utf-8").splitlines()), str(path.relative_to(ROOT))) for path in paths]
    by_file = [one for one in by_file if one[0]]
    print("     sizes")
    print(line("functions", [size for size, _ in by_function], LONG_FUNCTION))
    print(line("files", [size for size, _ in by_file], LONG_FILE))
    for size, where in sorted(by_function, reverse=True):
        if size > LONG_FUNCTION:
            print(f"       {size:>4} lines  {where}")
    for size, where in sorted(by_file, reverse=True):
        if size > LONG_FILE:
            print(f"       {size:>4} lines  {where}")


if __name__ == "__main__":
    main()
