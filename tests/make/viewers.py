"""Everyone who could look at the first person of a program in full use, each made when first asked for."""

from datetime import timedelta

from conftest import NOW, JustSignedIn
from openiop.consents import actions as consent_actions
from openiop.consents.rules import SHAREABLE_WITH_FAMILY
from openiop.participants import actions as participants
from openiop.programs.rules import STAFF
from tests import make
from tests.make import consents
from tests.make.everything import EARLIER


def _life(state):
    """How long a consent lasts that stands so at NOW."""
    return {"expires_at": NOW if state == "expired" else NOW + timedelta(days=200)}


class House:
    """The program, another one, and a browser for each viewer: role, relation, and for family the consent."""

    def __init__(self, world, program, counselor):
        self.world, self.program, self.counselor = world, program, counselor
        self.elsewhere = make.program(name="Fernhollow")
        self.browsers = {}

    def browser(self, role, relation, state="none", scope=frozenset()):
        """A browser signed in as this viewer. A consent stands only where it concerns the viewer, and names a kind."""
        told = frozenset(scope) & {*SHAREABLE_WITH_FAMILY}
        concerned = (role, relation) == ("family", "supporter") and told
        key = (role, relation, *((state, told) if concerned else ("none", frozenset())))
        if key not in self.browsers:
            self.browsers[key] = client = JustSignedIn()
            if role:
                client.force_login(self._member(*key).user)
        return self.browsers[key]

    def _member(self, role, relation, state, scope):
        if role in STAFF:
            member = make.member(self.elsewhere if relation == "other-program" else self.program, role, name="Una Vey")
            for person in ("ada", "ben") if relation == "team" else ():
                participants.join_team(
                    episode=self.world.people[person].episode, member=member, part="Care", on=NOW.date(),
                    by=self.counselor, at=EARLIER,
                )  # fmt: skip
            return member
        home = self.elsewhere if relation == "other-program" else self.program
        person = {"self": "ada", "supporter": "ada", "staff": "cleo"}.get(relation)
        of = self.world.people[person] if person else make.person_in_care(home, make.member(home, "counselor"))
        return of.membership if role == "participant" else self._supporter(of, state, scope).membership

    def _supporter(self, of, state, scope):
        row = make.supporter(of, self.counselor, name=f"Kin {len(self.browsers)}")
        if state in {"active", "expired", "revoked"}:
            signed = consents.shared(row, self.counselor, *sorted(scope), at=EARLIER, **_life(state))
            if state == "revoked":
                consent_actions.revoke_consent(consent=signed, how="by word", by=of.membership, at=EARLIER)
        elif state == "draft":
            consents.prepared(of, self.counselor, EARLIER, "family_person", supporter=row, recipient="",
                              kinds=sorted(scope), purpose="Support")  # fmt: skip
        return row
