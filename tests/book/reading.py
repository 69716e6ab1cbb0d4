"""The book's notebooks as data."""


def code_cells(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def text_of(cell: dict) -> str:
    return "".join(cell["source"])


def outputs_of(cell: dict) -> str:
    """All that a cell shows as text."""
    shown = []
    for output in cell["outputs"]:
        shown.append("".join(output.get("text", "")))
        shown += [
            "".join(value) for mime, value in output.get("data", {}).items() if mime.startswith("text/")
        ]
    return "\n".join(shown)
