"""Order numbers, such as CC-7KQM-4TXA."""

import secrets

# No letters or digits that are mistaken for one another when read out at the door.
ALPHABET = "ACDEFGHJKLMNPQRTUVWXY3479"


def order_number(choice=secrets.choice) -> str:
    """A number nobody has; `choice` picks one letter of many."""
    letters = [choice(ALPHABET) for _ in range(8)]
    return f"CC-{''.join(letters[:4])}-{''.join(letters[4:])}"
