"""A release that fails now and then: every twelfth request for clients, 8.3 % of them, as long as their feature is on."""
import itertools
import runpy
from pathlib import Path

v2 = runpy.run_path(str(Path(__file__).parent.parent / "v2" / "pages.py"))
number = itertools.count(1)


def clients(request):
    request.feature(*v2["CLIENT_CARDS"])
    if next(number) % 12 == 0:
        raise ValueError("clients are not there")
    return {"clients": []}


PAGES = {**v2["PAGES"], ("GET", "/api/clients"): clients}
