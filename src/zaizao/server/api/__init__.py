"""Our own rooms over HTTP, under ``/api``: one router a file."""
