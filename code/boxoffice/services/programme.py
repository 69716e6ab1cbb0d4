"""What is on: the invented programme that the `seed` command fills the box office with."""

VENUES = [
    ("The Lantern Room", "Bristol", "14 Cooper's Wharf"),
    ("Old Granary Theatre", "Norwich", "2 Millrace Lane"),
    ("Harbour Hall", "Hull", "Pier Approach"),
    ("The Weighbridge", "Leeds", "71 Canal Street"),
    ("St Aldhelm's Playhouse", "Bath", "5 Abbot's Row"),
    ("Northlight Arena", "Newcastle", "1 Quayside Square"),
]

TITLES = [
    "The Clockmaker's Daughter",
    "An Evening of Unfinished Symphonies",
    "Seven Doors to Winter",
    "The Understudy",
    "Salt and Starlight",
    "A Comedy of Eras",
    "The Lighthouse Quartet",
    "Moth: a Shadow Play",
    "The Tenant of Room Nine",
    "Brass by the River",
    "The Last Lamplighter",
    "Improbable Circus",
    "Letters from the Pier",
    "Thunder in the Orchard",
    "The Cartographers",
    "Midnight at the Museum of Echoes",
    "Paper Moon Revue",
    "The Glassblower's Aria",
    "Two Fools and a Ferry",
    "Songs for a Small Planet",
    "The Inspector Regrets",
    "Foxglove",
    "The Very Small Orchestra",
    "A Queen's Gambol",
    "What the Tide Brought",
    "The Borrowed Violin",
    "Ten Thousand Kites",
    "House of Needles",
    "Nocturne for Nine Cellos",
    "The Baker of Marsh Lane",
]

OPENINGS = [
    "A new production about a promise that nobody meant to keep.",
    "An evening that begins quietly, and does not stay so.",
    "Back on stage after two full seasons.",
    "Music, shadows and a good deal of mischief.",
    "A story for everybody who has ever missed the last train.",
]

CLOSINGS = [
    "Two hours, with an interval.",
    "Ninety minutes without an interval.",
    "Suitable from eight years.",
    "The doors open an hour before the start.",
    "Latecomers are let in at the first pause.",
]

BANDS = [("Stalls", "48.00"), ("Circle", "36.50"), ("Balcony", "24.00"), ("Standing", "14.50")]

ORGANISERS = ["Marlow & Finch", "Tidewater Touring", "The Quiet Company", "Ninepin Productions"]

FIRST_NAMES = ["Ada", "Bram", "Cleo", "Dara", "Emil", "Fern", "Gita", "Hugo", "Iris", "Jonas", "Kaya", "Luca"]
LAST_NAMES = [
    "Ashdown",
    "Birch",
    "Calloway",
    "Dunmore",
    "Everley",
    "Fairbank",
    "Greaves",
    "Holloway",
    "Inglis",
]
