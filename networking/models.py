"""People meeting people: directory, connections, appointments."""
