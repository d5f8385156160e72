"""Tables of the tallies, empty: the chore fills them from the first event on."""

from uuid import UUID

import django.db.models.deletion
import pingpilot.domain.event
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def begin(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Nothing has been tallied."""
    apps.get_model("store", "TallyMark").objects.create(pk=1, upto=UUID(int=0), reached=UUID(int=0))


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0005_fair_turns'),
    ]

    operations = [
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.BigIntegerField()),
                ('name', models.CharField(max_length=64)),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('workspace', 'category', 'name'), name='series_once')],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('pk', models.CompositePrimaryKey('series_id', 'slots', 'slot', blank=True, editable=False, primary_key=True, serialize=False)),
                ('slots', models.SmallIntegerField()),
                ('slot', models.IntegerField()),
                ('events', models.BigIntegerField()),
                ('fields', models.TextField()),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.series')),
            ],
            options={
                'indexes': [models.Index(fields=['series', 'slots', 'slot', 'events'], name='tally_events')],
                'constraints': [models.CheckConstraint(condition=models.Q(('slots__in', (1, 96))), name='tally_slots_known')],
            },
        ),
        migrations.CreateModel(
            name='TallyMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('turn', models.BigIntegerField(default=0)),
                ('upto', models.UUIDField()),
                ('reached', models.UUIDField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='tally_mark_once')],
            },
        ),
        migrations.CreateModel(
            name='Tallied',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('status', pingpilot.domain.event.EventStatus['FAILED'])), fields=['workspace', '-occurred_at', '-id', 'purpose', 'category'], name='event_failed_by_time'),
        ),
        migrations.RemoveIndex(
            model_name='event',
            name='event_failed',
        ),
        migrations.RunPython(begin),
    ]
