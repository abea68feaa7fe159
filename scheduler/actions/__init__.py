"""What a person may do: to posts, one or many, and to a customer as a whole. Each action writes rows, and who asked."""

from scheduler.actions.carry_out import carry_out, rehearse
from scheduler.actions.choice import Choice, chosen, require_customer
from scheduler.actions.customers import end_of_pause, named, pause, resume, shown
from scheduler.actions.order import PASSIVE, STATES, Action, CannotAct, Order, Unusable, one_line

__all__ = [
    "PASSIVE",
    "STATES",
    "Action",
    "CannotAct",
    "Choice",
    "Order",
    "Unusable",
    "carry_out",
    "chosen",
    "end_of_pause",
    "named",
    "one_line",
    "pause",
    "rehearse",
    "require_customer",
    "resume",
    "shown",
]
