"""In which lane a post travels: who goes ahead of whom."""

from scheduler.customer import Customer
from scheduler.rules.plan import Lane


def lane_of(customer: Customer, route_id: str, edition: int) -> Lane:
    """The lane of a route's posts; those that repeat an entry let all others pass, and those in shadow even these."""
    route = customer.route(route_id)
    if route is not None and route.shadow:
        return Lane.SHADOW
    if edition:
        return Lane.FILLER
    is_breaking = route is not None and route.schedule.lane == "breaking"
    return Lane.BREAKING if is_breaking else Lane.NORMAL
