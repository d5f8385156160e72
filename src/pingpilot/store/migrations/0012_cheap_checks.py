"""Constraints and indexes that cost an event less: see ``pingpilot.store.checks``."""

from django.db import migrations, models

from pingpilot.store.checks import ReplaceCheck


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0011_clearing'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='event',
            name='event_by_time',
        ),
        migrations.RemoveIndex(
            model_name='event',
            name='event_by_category',
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['workspace', 'occurred_at', 'id'], name='event_by_time'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('category__isnull', False)), fields=['category', 'occurred_at'], name='event_by_category'),
        ),
        ReplaceCheck(
            'attempt',
            models.CheckConstraint(condition=models.Q(('outcome', 'delivered'), ('outcome', 'rate_limited'), ('outcome', 'transient'), ('outcome', 'unknown'), ('outcome', 'bad_message'), ('outcome', 'address_dead'), ('outcome', 'address_suspect'), ('outcome', 'sender_broken'), _connector='OR'), name='attempt_outcome_known'),
        ),
        ReplaceCheck(
            'delivery',
            models.CheckConstraint(condition=models.Q(('state', 'PENDING'), ('state', 'SENDING'), ('state', 'DELIVERED'), ('state', 'DEAD'), _connector='OR'), name='delivery_state_known'),
        ),
        ReplaceCheck(
            'delivery',
            models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'DEAD'), ('state', 'DELIVERED'), _connector='OR'), ('final_at__isnull', False)), models.Q(models.Q(('state', 'DEAD'), ('state', 'DELIVERED'), _connector='OR', _negated=True), ('final_at__isnull', True)), _connector='OR'), name='delivery_end_when_final'),
        ),
        ReplaceCheck(
            'event',
            models.CheckConstraint(condition=models.Q(('status', 'PENDING'), ('status', 'DELIVERED'), ('status', 'FAILED'), _connector='OR'), name='event_status_known'),
        ),
        ReplaceCheck(
            'event',
            models.CheckConstraint(condition=models.Q(('severity', 'info'), ('severity', 'success'), ('severity', 'warning'), ('severity', 'critical'), _connector='OR'), name='event_severity_known'),
        ),
        ReplaceCheck(
            'event',
            models.CheckConstraint(condition=models.Q(('purpose', 'report'), ('purpose', 'test'), ('purpose', 'proof'), ('purpose', 'notice'), _connector='OR'), name='event_purpose_known'),
        ),
    ]
