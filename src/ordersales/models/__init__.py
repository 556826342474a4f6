"""Things with identity, as frozen records; how they change is told by the room `rules`."""
