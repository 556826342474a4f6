"""Storage in a SQL database through SQLAlchemy; needs the extra `sqlalchemy`."""
