"""Pictures of products, drawn: one shape a department, in the product's colour."""

from __future__ import annotations

from comptoir.demo.shop.catalogue import FINISHES, Product

_SHAPES = {
    "cookware": '<path d="M58 96h124v52a22 22 0 0 1-22 22H80a22 22 0 0 1-22-22z"/><path d="M50 84h140v12H50z"/>'
    '<circle cx="120" cy="76" r="8"/><path d="M38 104h20v14H38zM182 104h20v14h-20z"/>',
    "tableware": '<ellipse cx="120" cy="128" rx="84" ry="34"/><ellipse cx="120" cy="122" rx="54" ry="20" fill="#fff" '
    'fill-opacity=".35"/>',
    "bed-linen": '<rect x="52" y="72" width="136" height="30" rx="12"/>'
    '<rect x="44" y="106" width="152" height="30" rx="12"/>'
    '<rect x="36" y="140" width="168" height="30" rx="12"/>',
    "bathroom": '<rect x="64" y="60" width="112" height="120" rx="6"/><path d="M64 150h112v10H64z" fill="#fff" '
    'fill-opacity=".4"/>',
    "lighting": '<path d="M84 60h72l26 62H58z"/><path d="M116 122h8v46h-8z"/><path d="M86 168h68v10H86z"/>',
    "candles": '<rect x="84" y="98" width="72" height="80" rx="8"/><path d="M120 56c12 16 12 28 0 34-12-6-12-18 0-34z" '
    'fill="#d9a441"/>',
    "garden": '<path d="M70 112h100l-12 66H82z"/><path d="M64 100h112v14H64z"/>'
    '<path d="M120 98c-4-30-30-34-36-48 26 0 34 14 '
    '36 30 4-16 14-32 38-34-4 18-30 24-38 52z" fill="#5d7a58"/>',
    "desk": '<rect x="72" y="56" width="96" height="124" rx="6"/>'
    '<path d="M84 56h8v124h-8z" fill="#fff" fill-opacity=".35"/>',
    "children": '<circle cx="120" cy="128" r="48"/><circle cx="84" cy="82" r="20"/><circle cx="156" cy="82" r="20"/>'
    '<circle cx="104" cy="122" r="5" fill="#1f1d1a"/><circle cx="136" cy="122" r="5" fill="#1f1d1a"/>',
    "gifts": '<rect x="60" y="96" width="120" height="82" rx="4"/><path d="M112 96h16v82h-16z" fill="#fff" '
    'fill-opacity=".5"/><path d="M120 96c-40-4-40-44-8-36 8 4 8 20 8 36zm0 0c40-4 40-44 8-36-8 4-8 20-8 36z"/>',
}  # fmt: skip


def picture(product: Product) -> str:
    """Draw a product. Shape: SVG."""
    _, _, colour = FINISHES[product.finish]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" role="img">'
        '<rect width="240" height="240" fill="#f1ece3"/><ellipse cx="120" cy="184" rx="78" ry="9" fill="#d8d0c2"/>'
        f'<g fill="{colour}" stroke="#1f1d1a" stroke-opacity=".12">{_SHAPES[product.department.key]}</g></svg>'
    )
