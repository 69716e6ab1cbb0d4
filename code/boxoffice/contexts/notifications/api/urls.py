from django.urls import path

from boxoffice.contexts.notifications.api import views

urlpatterns = [
    path("order-news", views.OrderNews.as_view()),
    path("order-mails", views.OrderMails.as_view()),
    path("notifications/shown", views.Shown.as_view()),
    path("notifications/unread", views.Unread.as_view()),
    path("preference", views.Preference.as_view()),
]
