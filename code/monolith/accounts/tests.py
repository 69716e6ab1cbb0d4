from unittest import mock

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse

from monolith.accounts.models import Organiser, User
from monolith.notifications.models import Notification
from monolith.orders.models import Order
from monolith.tests.factories import PASSWORD, make_admin, make_event, make_order, make_user


class RegisterTests(TestCase):
    def register(self, email="New.Comer@Example.org", password="not-a-common-one", **fields):
        fields = {"first_name": "New", "last_name": "Comer", "password2": password, **fields}
        return self.client.post(reverse("register"), {"email": email, "password1": password, **fields})

    def test_registers_and_logs_in(self):
        self.assertRedirects(self.register(), "/")
        user = User.objects.get()
        self.assertEqual((user.email, user.username), ("new.comer@example.org",) * 2)
        self.assertContains(self.client.get("/"), "New Comer")

    def test_an_address_registers_once(self):
        self.register()
        self.client.logout()
        self.assertContains(
            self.register(email="NEW.comer@example.org"), "There is an account with this address"
        )
        self.assertEqual(User.objects.count(), 1)

    def test_two_at_once_register_once(self):
        with mock.patch("monolith.accounts.forms.RegisterForm.save", side_effect=IntegrityError):
            self.assertContains(self.register(), "There is an account with this address")

    def test_bad_input_is_answered(self):
        for wrong, sentence in (
            ({"email": "nobody"}, "valid email"),
            ({"email": "a\0@example.org"}, "valid email"),
            ({"email": f"{'a' * 60}@{'b' * 100}.org"}, "at most 150"),
            ({"password": "short"}, "too short"),
            ({"password2": "another-one"}, "match"),
        ):
            with self.subTest(wrong):
                self.assertContains(self.register(**wrong), sentence)
        self.assertEqual(User.objects.count(), 0)

    def test_two_accounts_cannot_share_an_address(self):
        make_user("one@example.org")
        with self.assertRaises(IntegrityError), transaction.atomic():
            User.objects.create_user("another", "one@example.org", PASSWORD)


class LoginTests(TestCase):
    def login(self, **fields):
        fields = {"username": "Buyer@Example.org", "password": PASSWORD, **fields}
        return self.client.post(reverse("login"), fields)

    def test_goes_back_to_where_the_visitor_wanted_to_be(self):
        make_user("buyer@example.org")
        event = make_event()
        self.assertRedirects(self.login(next=event.get_absolute_url()), event.get_absolute_url())

    def test_never_goes_to_another_site(self):
        make_user("buyer@example.org")
        self.assertRedirects(self.login(next="https://elsewhere.example/"), "/")

    def test_a_wrong_password_is_refused(self):
        make_user("buyer@example.org")
        self.assertContains(self.login(password="wrong"), "No account has this e-mail address and password.")

    def test_logging_out_takes_a_post(self):
        self.client.force_login(make_user())
        self.assertEqual(self.client.get(reverse("logout")).status_code, 405)
        self.assertRedirects(self.client.post(reverse("logout")), "/")
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_a_form_without_the_token_is_refused(self):
        make_user("buyer@example.org")
        self.client.handler.enforce_csrf_checks = True
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assertEqual(self.login().status_code, 403)


class AccountTests(TestCase):
    def test_without_a_name_the_address_is_shown(self):
        self.assertEqual(make_user("a@example.org").display_name, "a@example.org")
        self.assertEqual(make_user(first_name="Ada", last_name="Birch").display_name, "Ada Birch")

    def test_deleting_an_account_deletes_its_orders_and_keeps_what_was_told(self):
        order, other = make_order(), make_order()
        Notification.objects.create(recipient=order.buyer, subject="Your tickets", text="Two.")
        order.buyer.delete()
        self.assertEqual(Order.objects.get(), other)
        self.assertIsNone(Notification.objects.get().recipient)
        hold = order.lines.model.hold.field.related_model.objects.exclude(line__order=other).get()
        self.assertIsNone(hold.buyer)

    def test_the_admin_creates_users_and_finds_organisers(self):
        self.client.force_login(make_admin())
        self.client.post(
            reverse("admin:accounts_user_add"),
            {
                "username": "new@example.org",
                "email": "new@example.org",
                "usable_password": "true",
                "password1": "not-a-common-one",
                "password2": "not-a-common-one",
            },
        )
        user = User.objects.get(email="new@example.org")
        Organiser.objects.create(user=user, name="Marlow & Finch", vat_number="GB123")
        answer = self.client.get(reverse("admin:accounts_organiser_changelist"), {"q": "marlow"})
        self.assertContains(answer, "GB123")
        self.assertContains(self.client.get(reverse("admin:accounts_user_changelist")), "new@example.org")
