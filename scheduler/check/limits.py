"""Whether a customer's limits are within what X documents for any account."""

from scheduler.check.finding import Finding
from scheduler.customer import Customer
from scheduler.rules.x_rules import ANY_ACCOUNT


def check_limits(customer: Customer) -> list[Finding]:
    """A note where Firetime would send more than X takes: it is X that refuses then."""
    documented = ANY_ACCOUNT.model_dump()
    above = [
        f"{name} is {wished:,} (at most {documented[name]:,})"
        for name, wished in customer.x.model_dump().items()
        if wished > documented[name]
    ]
    if not above:
        return []
    message = (
        f"more than X takes from any account by its documentation, and X refuses the rest: {', '.join(above)}"
    )
    return [Finding(customer.id, "limits", True, message, is_note=True)]
