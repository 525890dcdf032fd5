"""Our own rooms' HTTP routes, under ``/api``: one router a file."""
