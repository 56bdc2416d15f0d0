"""Who lives in the demo program: made-up names, conditions, plans and words. Nobody here is real."""

from dataclasses import dataclass

GIVEN = [
    "Robin",
    "Marcus",
    "Theo",
    "Lena",
    "Priya",
    "Sam",
    "Grace",
    "Tomas",
    "Omar",
    "Keisha",
    "Eli",
    "Ines",
    "Nell",
    "Ravi",
    "Greta",
    "Abe",
    "Lulu",
    "Dario",
    "Mina",
    "Felix",
    "Oona",
    "Jonah",
    "Petra",
    "Silas",
    "Wanda",
    "Hugo",
    "Carys",
    "Ivo",
    "Thea",
    "Milo",
    "Esme",
    "Otis",
    "Runa",
    "Cyrus",
    "Della",
    "Amos",
    "Vera",
    "Idris",
    "Maude",
    "Ezra",
    "Tilly",
    "Bram",
    "Noor",
    "Casper",
    "Hattie",
    "Levi",
    "Sunniva",
    "Kofi",
    "Marit",
    "Jasper",
    "Odile",
    "Rafe",
    "Zadie",
    "Emil",
    "Fern",
    "Gideon",
    "Livia",
    "Arlo",
    "Beata",
    "Caleb",
    "Dina",
    "Enzo",
    "Flora",
    "Gus",
    "Hedda",
    "Ike",
    "Junia",
    "Kit",
    "Lotte",
    "Magnus",
    "Nadine",
    "Orin",
    "Pia",
    "Quentin",
    "Rhea",
    "Stellan",
    "Tova",
    "Ulla",
    "Viggo",
    "Wren",
]
FAMILY = [
    "Alderquist",
    "Pebblewick",
    "Lindenvale",
    "Oakhollow",
    "Fernhollow",
    "Mossgrove",
    "Hazelmoor",
    "Reedwater",
    "Willowmere",
    "Cloverdell",
    "Marshlight",
    "Thistledown",
    "Barleyfield",
    "Stonepath",
    "Moonwell",
    "Quarryman",
    "Winterbourne",
    "Amberlock",
    "Brackenridge",
    "Copperfield-Lane",
    "Dewberry",
    "Elmsworth",
    "Foxglove",
    "Gorsehill",
    "Heathermoor",
    "Ivybridge",
    "Junipertree",
    "Kestrelby",
    "Larchmont-Vale",
    "Meadowlark",
    "Nettlecombe",
    "Osierbank",
    "Primrosedale",
    "Quillhaven",
    "Rowanbeck",
    "Saltmarsh",
    "Tamarackson",
    "Underbrook",
    "Violetta-Moss",
    "Wheatley-Fen",
]


@dataclass(frozen=True)
class Staffer:
    """One of the twelve: name, credential, roles, the part they have on a team."""

    name: str
    credential: str
    roles: tuple[str, ...]
    part: str = ""


STAFF = (
    Staffer("Joan Birchwell", "LPC", ("counselor",), "Counselor"),
    Staffer("Hollis Grovewright", "LCSW", ("counselor",), "Counselor"),
    Staffer("Tamsin Oakley", "LADC", ("counselor",), "Counselor"),
    Staffer("Piet Larkson", "LMFT", ("counselor",), "Family therapist"),
    Staffer("Celia Marigold", "LCSW", ("supervisor", "counselor"), "Supervisor"),
    Staffer("Ira Rowanfield", "MD", ("prescriber",), "Prescriber"),
    Staffer("Wren Hollowell", "RN", ("nurse",), "Nurse"),
    Staffer("Nadia Quillfeather", "", ("intake",)),
    Staffer("Bo Ledgerly", "", ("biller",)),
    Staffer("Fay Doorley", "", ("front-desk",)),
    Staffer("Sol Brightwater", "CPRS", ("peer",), "Peer coach"),
    Staffer("Maren Stonebridge", "", ("director", "privacy")),
)

# They join where more are in care than one set of groups has seats for.
MORE_STAFF = (
    Staffer("Rowan Applegarth", "LPC", ("counselor",), "Counselor"),
    Staffer("Linnea Hartwood", "LCSW", ("counselor",), "Counselor"),
    Staffer("Caleb Mossbank", "LADC", ("counselor",), "Counselor"),
)


@dataclass(frozen=True)
class Picture:
    """One way the two halves of a dual diagnosis come together, with the words a plan of theirs could have."""

    concerns: tuple[str, ...]
    diagnoses: tuple[tuple[str, str], ...]
    own_words: str
    goal_use: str
    step_use: tuple[str, str, str, str]
    goal_mood: str
    step_mood: tuple[str, str, str, str]
    evidence: tuple[str, str, str, str, str, str]


PICTURES = (
    Picture(
        ("alcohol",),
        (
            ("F10.20", "Alcohol use disorder, moderate"),
            ("F32.1", "Major depressive disorder, single episode, moderate"),
        ),
        "Evenings that don’t end with a bottle, and mornings I can get up for.",
        "Evenings that don’t end with a bottle.",
        ("Use a go-to action for 8 of 10 evening cravings", "Check-ins", "2 of 10", "8 of 10"),
        "Get up and see people, even on flat days.",
        ("PHQ-9 under 10", "PHQ-9", "17", "under 10"),
        (
            "Last drink six days ago, no shakes, no past seizure.",
            "Blood pressure treated, no other concern.",
            "Low mood most days, sleeps poorly, no plan to harm self.",
            "Wants to stop, doubts it will last.",
            "Three returns to drinking in the last year, mostly evenings.",
            "Lives with partner who does not drink.",
        ),
    ),
    Picture(
        ("opioids",),
        (("F11.20", "Opioid use disorder, severe"), ("F43.10", "Post-traumatic stress disorder")),
        "I want to sleep through a night and not be scared of my phone.",
        "Stay on my medication and away from what pulls me back.",
        ("Take buprenorphine on 28 of 30 days", "Check-ins", "21 of 30", "28 of 30"),
        "Feel safe in my own room.",
        ("Two planned outings each week", "Check-ins", "0 a week", "2 a week"),
        (
            "On buprenorphine since detox, no withdrawal now.",
            "Hepatitis C treated last year.",
            "Nightmares, startles easily, safe at home.",
            "Came on their own, keeps every call.",
            "Urges daily, strongest on payday.",
            "Shares a flat with one person who uses.",
        ),
    ),
    Picture(
        ("gambling",),
        (("F63.0", "Gambling disorder"), ("F41.1", "Generalized anxiety disorder")),
        "To look at my bank account without my heart racing.",
        "No betting, and money that stays where it belongs.",
        ("30 days without a bet", "Check-ins", "4 days", "30 days"),
        "Let a worry pass without feeding it.",
        ("GAD-7 under 8", "GAD-7", "15", "under 8"),
        (
            "No substance use, no withdrawal.",
            "Well.",
            "Worry most of the day, panics twice a month.",
            "Asked for limits at the bank.",
            "Bets online at night, chased losses last month.",
            "Sister manages the account for now.",
        ),
    ),
    Picture(
        ("stimulants",),
        (("F15.20", "Stimulant use disorder, severe"), ("F31.81", "Bipolar II disorder")),
        "Steady weeks. Boring would be fine.",
        "Weeks without crystal.",
        ("25 of 30 days without stimulants", "Check-ins", "11 of 30", "25 of 30"),
        "Notice the climb before it takes me.",
        ("Keep a sleep window on 5 of 7 nights", "Check-ins", "1 of 7", "5 of 7"),
        (
            "Last use nine days ago, tired, eats well.",
            "Dental pain, seen next week.",
            "On a mood stabilizer, no mania now.",
            "Half of me wants this, they say.",
            "Use follows short nights.",
            "Lives with parents, quiet house.",
        ),
    ),
    Picture(
        ("cannabis", "gaming"),
        (("F12.20", "Cannabis use disorder, moderate"), ("F33.1", "Major depressive disorder, recurrent, moderate")),
        "I’d like my days back before I am thirty.",
        "Days that start before noon and without smoke.",
        ("20 of 30 days without cannabis", "Check-ins", "3 of 30", "20 of 30"),
        "Do one thing a day that is for me.",
        ("PHQ-9 under 10", "PHQ-9", "16", "under 10"),
        (
            "Daily use, mild irritability when stopping.",
            "Asthma, inhaler at hand.",
            "Flat, withdrawn, no thoughts of dying.",
            "Here because work asked, curious himself.",
            "Smokes when alone.",
            "Own room, supportive brother.",
        ),
    ),
)
BUSY = (
    (("work", 0, 4, "08:30", "16:30", 20),),
    (("work", 0, 4, "09:00", "17:00", 0),),
    (("childcare", 0, 4, "14:30", "16:30", 15),),
    (("school", 0, 3, "13:30", "15:30", 20),),
    (("work", 1, 4, "13:00", "16:00", 20), ("childcare", 0, 0, "15:00", "16:00", 0)),
)
TOPICS = (
    ("Triggers: pause, notice, act", "relapse-prevention"),
    ("Early signs and what I do", "relapse-prevention"),
    ("Catch it, check it, change it", "cbt"),
    ("Urges crest and fall", "dbt"),
    ("Asking for what I need", "dbt"),
    ("What addiction does, and what heals", "education"),
    ("Sleep that comes back", "holistic"),
    ("Family: rebuilding trust", "family"),
    ("Money, forms and the week", "life-skills"),
    ("How we are together", "process"),
)
GROUP_WORDS = (
    "Reviewed three kinds of trigger. Each person named one from this week and rehearsed a first action in pairs.",
    "Practiced the thought record on a shared example, then each person did one of their own.",
    "Talked through the week’s hardest hour. Practiced paced breathing and a short body scan.",
    "Worked on asking for help: one clear sentence, tried out in pairs, with feedback.",
    "Looked at sleep over the week. Each person chose one change for the next seven nights.",
)
MOOD_WORDS = (
    "Warm and on task. Two members helped a new member find words.",
    "Quiet at first, open by the end.",
    "Tense for a while, then honest. Closed with a breathing practice.",
    "Lively. People stayed with each other’s stories.",
)
PERSON_WORDS = (
    "Named payday as a trigger. Rehearsed handing the card to a sister on Friday.",
    "Spoke about Sunday evenings. Plans a walk at six and a call at eight.",
    "Used the thought record on “I always ruin it” and found two facts against it.",
    "Listened more than spoke today, and said afterward that it helped.",
    "Brought the urge from Tuesday: it crested after twenty minutes and passed.",
    "Asked the group for a ride on Thursday, which was new.",
    "Chose a fixed time to get up and someone to text when it works.",
    "Talked about the argument at home and practiced a calmer first sentence.",
)
CHECK_WORDS = (
    "Long day, but I called before it got loud.",
    "Slept badly. Walked instead of staying in bed.",
    "Good talk in group.",
    "Payday tomorrow. I told my sister.",
)
CALL_WORDS = (
    "Reached by phone. Child was ill. Coming on the next day.",
    "Left a voicemail, then reached them in the evening. Agreed to come early next time.",
    "Spoke for ten minutes. Bus strike. Offered the online group.",
)
