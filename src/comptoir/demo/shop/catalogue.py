"""The catalogue: ten departments of things for the house, in French and in English, 200 products a brand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from comptoir.demo.shop.plan import HOUSES, House, Part, Plan, Whole

FINISHES = (
    ("bleu nuit", "midnight blue", "#2f3e5c"),
    ("vert sauge", "sage green", "#8fa58b"),
    ("terracotta", "terracotta", "#b8674a"),
    ("blanc craie", "chalk white", "#e9e4d8"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """One department: what it sells, for how much, and when."""

    key: str
    fr: str
    en: str
    least: float
    most: float
    """Prices, in euros."""
    months: tuple[float, ...]
    """How much it is looked for, month by month."""
    gift: float
    """How much more in the weeks before Christmas."""
    things: tuple[tuple[str, str], ...]

    def name(self, language: str) -> str:
        """Give its name in a language."""
        return self.fr if language == "fr" else self.en


_EVEN = (1.0,) * 12
_GARDEN = (0.2, 0.3, 1.2, 2.2, 2.6, 2.2, 1.4, 0.8, 0.6, 0.3, 0.2, 0.2)
_WARM = (1.3, 1.2, 1.0, 0.8, 0.6, 0.5, 0.5, 0.6, 1.0, 1.3, 1.5, 1.6)
_DESK = (1.1, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 1.9, 2.4, 1.0, 0.9, 1.0)
_CANDLES = (0.9, 0.9, 0.7, 0.6, 0.6, 0.5, 0.5, 0.6, 0.9, 1.2, 1.8, 2.4)

DEPARTMENTS = (
    Department(
        key="cookware", fr="Cuisson", en="Cookware", least=19, most=149, months=_WARM, gift=1.2,
        things=(
            ("Cocotte en fonte", "Cast-iron casserole"), ("Poêle émaillée", "Enamel frying pan"),
            ("Plat à gratin", "Gratin dish"), ("Bouilloire", "Kettle"), ("Moule à cake", "Loaf tin"),
        ),
    ),
    Department(
        key="tableware", fr="Art de la table", en="Tableware", least=9, most=69, months=_EVEN, gift=1.4,
        things=(
            ("Assiettes en grès, lot de 4", "Stoneware plates, set of 4"), ("Bols, lot de 4", "Bowls, set of 4"),
            ("Carafe", "Carafe"), ("Saladier", "Salad bowl"), ("Tasses, lot de 2", "Mugs, set of 2"),
        ),
    ),
    Department(
        key="bed-linen", fr="Linge de lit", en="Bed linen", least=29, most=139, months=_WARM, gift=0.9,
        things=(
            ("Housse de couette en lin", "Linen duvet cover"), ("Taies d’oreiller, lot de 2", "Pillowcases, pair"),
            ("Drap-housse", "Fitted sheet"), ("Plaid en laine", "Wool throw"), ("Couvre-lit", "Bedspread"),
        ),
    ),
    Department(
        key="bathroom", fr="Salle de bains", en="Bathroom", least=8, most=59, months=_EVEN, gift=1.0,
        things=(
            ("Serviettes de bain, lot de 2", "Bath towels, pair"), ("Tapis de bain", "Bath mat"),
            ("Peignoir", "Bathrobe"), ("Porte-savon", "Soap dish"), ("Panier à linge", "Laundry basket"),
        ),
    ),
    Department(
        key="lighting", fr="Luminaires", en="Lighting", least=25, most=179, months=_WARM, gift=1.1,
        things=(
            ("Lampe de chevet", "Bedside lamp"), ("Suspension", "Pendant light"), ("Lampadaire", "Floor lamp"),
            ("Applique murale", "Wall light"), ("Guirlande lumineuse", "String lights"),
        ),
    ),
    Department(
        key="candles", fr="Bougies et senteurs", en="Candles and scents", least=7, most=45, months=_CANDLES, gift=2.2,
        things=(
            ("Bougie parfumée", "Scented candle"), ("Diffuseur", "Reed diffuser"), ("Bougeoir", "Candle holder"),
            ("Savon de Marseille", "Bar soap"), ("Brume d’oreiller", "Pillow mist"),
        ),
    ),
    Department(
        key="garden", fr="Jardin", en="Garden", least=12, most=189, months=_GARDEN, gift=0.5,
        things=(
            ("Pot de jardin", "Garden pot"), ("Arrosoir", "Watering can"), ("Chaise de jardin", "Garden chair"),
            ("Lanterne", "Lantern"), ("Nappe d’extérieur", "Outdoor tablecloth"),
        ),
    ),
    Department(
        key="desk", fr="Bureau et papeterie", en="Desk and paper", least=5, most=79, months=_DESK, gift=1.3,
        things=(
            ("Carnet relié", "Bound notebook"), ("Lampe de bureau", "Desk lamp"), ("Pot à crayons", "Pencil pot"),
            ("Sous-main", "Desk pad"), ("Range-documents", "Letter tray"),
        ),
    ),
    Department(
        key="children", fr="Chambre d’enfant", en="Children’s room", least=9, most=119, months=_EVEN, gift=1.9,
        things=(
            ("Veilleuse", "Night light"), ("Parure de lit enfant", "Children’s bed set"),
            ("Coffre à jouets", "Toy chest"),
            ("Tapis d’éveil", "Play mat"), ("Doudou en coton", "Cotton comforter"),
        ),
    ),
    Department(
        key="gifts", fr="Idées cadeaux", en="Gifts", least=12, most=89, months=_EVEN, gift=3.0,
        things=(
            ("Coffret apéritif", "Aperitif set"), ("Coffret thé", "Tea box"), ("Vase soufflé", "Blown-glass vase"),
            ("Tablier de cuisine", "Kitchen apron"), ("Cadre photo", "Picture frame"),
        ),
    ),
)  # fmt: skip
THINGS = 5
EACH = THINGS * len(FINISHES)
"""Products of a department."""
_ENDED_SHARE = 0.04
_MARGIN = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product of one brand."""

    number: int
    product_id: str
    house: House
    department: Department
    name: str
    finish: int
    price_minor: int
    cost_minor: int
    is_for_sale: bool
    stock: int

    def url(self, shop_url: str) -> str:
        """Give the address of its page."""
        return f"{shop_url}/{self.house.path}/p/{self.product_id}"

    def image_url(self, shop_url: str) -> str:
        """Give the address of its picture."""
        return f"{shop_url}/picture/{self.product_id}.svg"


@dataclass(frozen=True)
class Catalogue:
    """All products. Order: by house, department, thing, finish; a product's `number` is its place."""

    products: tuple[Product, ...]

    @cached_property
    def by_id(self) -> dict[str, Product]:
        """Find a product by its id."""
        return {one.product_id: one for one in self.products}

    @cached_property
    def prices(self) -> Whole:
        """The price of each, in minor units."""
        return np.array([one.price_minor for one in self.products], dtype=np.int64)

    @cached_property
    def popularity(self) -> Part:
        """Shape: house × department × place in the department; how often each is chosen there, 0 if it is not sold."""
        shape = len(HOUSES), len(DEPARTMENTS), EACH
        sold = np.array([one.is_for_sale for one in self.products]).reshape(shape)
        ranks = np.array([1 / (1 + (7 * place) % EACH) for place in range(EACH)])
        weights: Part = sold * ranks
        return weights

    def number(self, house: Whole, department: Whole, place: Whole) -> Whole:
        """Give the numbers of products by where they stand."""
        return (house * len(DEPARTMENTS) + department) * EACH + place


def make(plan: Plan) -> Catalogue:
    """Make the catalogue of a plan."""
    dice = plan.dice("catalogue")
    products = [
        _product(len(HOUSES[:place]) * len(DEPARTMENTS) * EACH + row * EACH + thing * len(FINISHES) + finish, dice)
        for place in range(len(HOUSES))
        for row in range(len(DEPARTMENTS))
        for thing in range(THINGS)
        for finish in range(len(FINISHES))
    ]
    return Catalogue(tuple(products))


def _product(number: int, dice: np.random.Generator) -> Product:
    place, rest = divmod(number, len(DEPARTMENTS) * EACH)
    row, rest = divmod(rest, EACH)
    thing, finish = divmod(rest, len(FINISHES))
    house, department = HOUSES[place], DEPARTMENTS[row]
    fr, en = department.things[thing]
    colour_fr, colour_en, _ = FINISHES[finish]
    euros = department.least + (department.most - department.least) * ((thing * 3 + 1) % THINGS) / THINGS
    price = round(euros * house.rate * float(dice.uniform(0.95, 1.15))) * 100 - (5 if house.country == "GB" else 10)
    name = f"{fr}, {colour_fr}" if house.language == "fr" else f"{en}, {colour_en}"
    return Product(
        number=number,
        product_id=f"{house.prefix}-{row:02d}{thing}{finish}",
        house=house,
        department=department,
        name=name,
        finish=finish,
        price_minor=price,
        cost_minor=round(price * _MARGIN),
        is_for_sale=bool(dice.random() >= _ENDED_SHARE),
        stock=int(dice.integers(3, 400)),
    )
