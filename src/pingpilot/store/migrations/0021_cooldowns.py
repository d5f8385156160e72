"""Repeats within a cooldown are counted, not delivered again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0020_questions'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='event',
            name='event_by_dedupe_key',
        ),
        migrations.AddField(
            model_name='category',
            name='cooldown_s',
            field=models.IntegerField(db_default=600, default=600),
        ),
        migrations.AddField(
            model_name='event',
            name='repeat_of',
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('dedupe_key__isnull', False), ('repeat_of__isnull', True)), fields=['workspace', 'dedupe_key', 'received_at'], name='event_first_of_its_kind'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('repeat_of__isnull', False)), fields=['repeat_of'], name='event_repeats'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('cooldown_s__gte', 0), ('cooldown_s__lte', 86400)), name='category_cooldown_bounded'),
        ),
    ]
