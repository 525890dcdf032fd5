"""Our own REST API under ``/api``: logs, maps, initiatives, library, models, overview. One router a file."""
