"""Events that wait for quota, warnings, and how long history is kept."""

import django.db.models.deletion
from django.db import migrations, models

from pingpilot.store.checks import ReplaceCheck


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0017_door_secrets'),
    ]

    operations = [
        migrations.CreateModel(
            name='Forgotten',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.IntegerField()),
                ('month', models.IntegerField()),
                ('category_name', models.CharField(max_length=64)),
                ('events', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Keeping',
            fields=[
                ('workspace', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='keeping', serialize=False, to='store.workspace')),
                ('days', models.IntegerField(null=True)),
                ('shrinks_at', models.DateTimeField(null=True)),
                ('told_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='event',
            name='held_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='event',
            name='released_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='quota',
            name='unmailed',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='quota',
            name='warned_limit',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='over_limit',
            field=models.CharField(db_default='reject', default='reject', max_length=10),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('held_at__isnull', False)), fields=['workspace', 'id'], name='event_held'),
        ),
        migrations.AddIndex(
            model_name='quota',
            index=models.Index(fields=['year', 'month'], name='quota_of_month'),
        ),
        migrations.AddIndex(
            model_name='quota',
            index=models.Index(condition=models.Q(('unmailed__isnull', False)), fields=['unmailed'], name='quota_unmailed'),
        ),
        ReplaceCheck(
            'delivery',
            models.CheckConstraint(condition=models.Q(('state', 'PENDING'), ('state', 'SENDING'), ('state', 'DELIVERED'), ('state', 'DEAD'), ('state', 'HELD'), _connector='OR'), name='delivery_state_known'),
        ),
        migrations.AddConstraint(
            model_name='workspace',
            constraint=models.CheckConstraint(condition=models.Q(('over_limit', 'reject'), ('over_limit', 'hold'), _connector='OR'), name='workspace_over_limit_known'),
        ),
        migrations.AddField(
            model_name='forgotten',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='forgotten', to='store.workspace'),
        ),
        migrations.AddConstraint(
            model_name='keeping',
            constraint=models.CheckConstraint(condition=models.Q(('shrinks_at__isnull', False), ('told_at__isnull', True), _connector='OR'), name='keeping_told_of_something'),
        ),
        migrations.AddConstraint(
            model_name='forgotten',
            constraint=models.UniqueConstraint(fields=('workspace', 'year', 'month', 'category_name'), name='forgotten_once'),
        ),
    ]
