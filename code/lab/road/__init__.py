"""The road from the monolith to the modular monolith, and the learner's own tree that walks it.

`code/road` holds the steps as patches, and `road.yml` says what each is for. The author's history of them is made
anew, the same to the last commit id, wherever it is needed.
"""
