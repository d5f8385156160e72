"""Columns and a table for what is in trouble, empty; and events by which we speak of it."""

from django.db import migrations, models

from pingpilot.store.checks import ReplaceCheck


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0008_invitations'),
    ]

    operations = [
        migrations.CreateModel(
            name='BrokenSender',
            fields=[
                ('channel', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('detail', models.CharField(max_length=300)),
                ('told_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(model_name='destination', name='gone_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='destination', name='broken_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='destination', name='told_at', field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name='destination',
            index=models.Index(
                condition=models.Q(('gone_at__isnull', False), ('told_at__isnull', True))
                | models.Q(('broken_at__isnull', False), ('told_at__isnull', True)),
                fields=['id'],
                name='destination_untold',
            ),
        ),
        ReplaceCheck(
            'event',
            models.CheckConstraint(
                condition=models.Q(('purpose__in', ['report', 'test', 'proof', 'notice'])), name='event_purpose_known'
            ),
        ),
    ]
