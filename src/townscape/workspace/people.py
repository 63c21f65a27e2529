"""Who labels here. A person is a name and a colour; saves carry the name."""

import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from townscape.workspace import tables
from townscape.workspace.database import Database
from townscape.workspace.records import Person


@dataclass(frozen=True, slots=True)
class People:
    """The people of a workspace."""

    database: Database

    def put(self, name: str, color: str) -> Person:
        """Remember a person, or that they came again, perhaps in another colour."""
        person = Person(name=name, color=color, seen_at=time.time())
        values = {"name": name, "color": color, "seen_at": person.seen_at}
        statement = insert(tables.people).values(values)
        known = statement.on_conflict_do_update(
            index_elements=[tables.people.c.name], set_={"color": color, "seen_at": person.seen_at}
        )
        with self.database.write() as connection:
            connection.execute(known)
        return person

    def find(self) -> list[Person]:
        """Everybody, by name."""
        query = select(tables.people).order_by(tables.people.c.name)
        with self.database.read() as connection:
            return [Person(**row) for row in connection.execute(query).mappings()]
