"""Names of people and towns, French and English, for people who do not exist."""

from __future__ import annotations

FIRST = (
    (
        "Camille", "Léa", "Manon", "Chloé", "Emma", "Inès", "Jade", "Louise", "Sarah", "Alice", "Juliette", "Zoé",
        "Claire", "Sophie", "Nathalie", "Isabelle", "Hélène", "Aurélie", "Céline", "Émilie", "Fatima", "Aïcha",
        "Lucas", "Hugo", "Louis", "Gabriel", "Arthur", "Jules", "Adam", "Raphaël", "Paul", "Antoine", "Maxime",
        "Thomas", "Nicolas", "Julien", "Pierre", "François", "Philippe", "Karim", "Mehdi", "Olivier",
    ),
    (
        "Olivia", "Amelia", "Isla", "Ava", "Lily", "Sophia", "Grace", "Freya", "Emily", "Poppy", "Ella", "Charlotte",
        "Rebecca", "Susan", "Margaret", "Helen", "Fiona", "Priya", "Aisha", "Oliver", "George", "Harry", "Noah",
        "Jack", "Leo", "Arthur", "Oscar", "Charlie", "Henry", "William", "James", "Thomas", "David", "Andrew", "Ian",
        "Callum", "Rhys", "Omar",
    ),
)  # fmt: skip
LAST = (
    (
        "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy", "Moreau", "Simon",
        "Laurent", "Lefebvre", "Michel", "Garcia", "David", "Bertrand", "Roux", "Vincent", "Fournier", "Morel",
        "Girard", "André", "Mercier", "Dupont", "Lambert", "Bonnet", "François", "Martinez", "Legrand", "Garnier",
        "Faure", "Rousseau", "Blanc", "Guérin", "Muller", "Henry", "Roussel", "Nicolas", "Perrin", "Morin", "Benali",
    ),
    (
        "Smith", "Jones", "Williams", "Taylor", "Brown", "Davies", "Evans", "Wilson", "Thomas", "Johnson", "Roberts",
        "Robinson", "Thompson", "Wright", "Walker", "White", "Edwards", "Hughes", "Green", "Hall", "Lewis", "Harris",
        "Clarke", "Patel", "Jackson", "Wood", "Turner", "Martin", "Cooper", "Hill", "Ward", "Morris", "Moore", "Clark",
        "Lee", "King", "Baker", "Harrison", "Morgan", "Allen", "Khan", "Scott",
    ),
)  # fmt: skip
TOWNS = (
    (
        ("Paris", "75011"), ("Lyon", "69003"), ("Nantes", "44000"), ("Lille", "59000"), ("Bordeaux", "33000"),
        ("Toulouse", "31000"), ("Rennes", "35000"), ("Grenoble", "38000"), ("Angers", "49000"), ("Dijon", "21000"),
        ("Tours", "37000"), ("Annecy", "74000"),
    ),
    (
        ("London", "N1 9GU"), ("Bath", "BA1 1JB"), ("York", "YO1 7HH"), ("Leeds", "LS1 4AP"), ("Bristol", "BS1 4ST"),
        ("Edinburgh", "EH1 1YZ"), ("Manchester", "M1 1AE"), ("Oxford", "OX1 1HS"), ("Norwich", "NR1 3QU"),
    ),
)  # fmt: skip
MAIL_HOSTS = (("boite.example", "courriel.example", "poste.example"), ("mail.example", "post.example", "box.example"))
WORK_HOST = "travail.example"
