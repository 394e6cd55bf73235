"""``python -m flora_analytics`` is ``flora-analytics``."""

from flora_analytics.cli import main

if __name__ == "__main__":
    main()
