"""`kl30`, and `python -m appliance`."""

from __future__ import annotations

from appliance.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
