"""A release with a broken endpoint: everybody who is logged in gets 500 from /api/auth/user."""
import runpy
from pathlib import Path

v2 = runpy.run_path(str(Path(__file__).parent.parent / "v2" / "pages.py"))


def auth_user(request):
    return {"id": request.user()["profile"]["id"]}  # users have no profile


PAGES = {**v2["PAGES"], ("GET", "/api/auth/user"): auth_user}
