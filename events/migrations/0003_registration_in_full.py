import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '__first__'),
        ('events', '0002_builtin_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='asks_study',
            field=models.BooleanField(default=False, verbose_name='asks for department and semester'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason',
            field=models.TextField(blank=True, editable=False, max_length=2000, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason_de',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason_en',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason_es',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason_fr',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason_it',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason_nl',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='cancelled_reason_pl',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='event',
            name='offer_hours',
            field=models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(336)], verbose_name='hours to accept an offered place'),
        ),
        migrations.AddField(
            model_name='event',
            name='pays_at_door',
            field=models.BooleanField(default=False, verbose_name='may be paid at the door'),
        ),
        migrations.AddField(
            model_name='event',
            name='pays_by_transfer',
            field=models.BooleanField(default=True, verbose_name='may be paid by bank transfer'),
        ),
        migrations.AddField(
            model_name='event',
            name='pays_online',
            field=models.BooleanField(default=True, verbose_name='may be paid online'),
        ),
        migrations.AddField(
            model_name='event',
            name='refund_percent',
            field=models.PositiveSmallIntegerField(default=100, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='percent given back to who cancels'),
        ),
        migrations.AddField(
            model_name='event',
            name='transfer_until',
            field=models.DateTimeField(blank=True, help_text='Empty means as long as they may cancel.', null=True, verbose_name='attendees may pass on their place until'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='asks_study',
            field=models.BooleanField(default=False, verbose_name='asks for department and semester'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason',
            field=models.TextField(blank=True, editable=False, max_length=2000, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason_de',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason_en',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason_es',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason_fr',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason_it',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason_nl',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='cancelled_reason_pl',
            field=models.TextField(blank=True, editable=False, max_length=2000, null=True, verbose_name='reason for calling it off'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='offer_hours',
            field=models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(336)], verbose_name='hours to accept an offered place'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='pays_at_door',
            field=models.BooleanField(default=False, verbose_name='may be paid at the door'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='pays_by_transfer',
            field=models.BooleanField(default=True, verbose_name='may be paid by bank transfer'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='pays_online',
            field=models.BooleanField(default=True, verbose_name='may be paid online'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='refund_percent',
            field=models.PositiveSmallIntegerField(default=100, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='percent given back to who cancels'),
        ),
        migrations.AddField(
            model_name='historicalevent',
            name='transfer_until',
            field=models.DateTimeField(blank=True, help_text='Empty means as long as they may cancel.', null=True, verbose_name='attendees may pass on their place until'),
        ),
        migrations.AddField(
            model_name='organiser',
            name='bank_details',
            field=models.TextField(blank=True, help_text='Shown to whoever pays by bank transfer.', max_length=500, verbose_name='bank details'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('visibility', 'published')), fields=['starts_at', 'id'], include=('ends_at', 'created_at', 'event_type', 'organiser', 'city', 'level', 'mode', 'price_from', 'content_languages'), name='event_listed_facts'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('refund_percent__lte', 100)), name='event_refund_percent_at_most_100'),
        ),
        migrations.CreateModel(
            name='EventSearch',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search', serialize=False, to='events.event', verbose_name='event')),
                ('document', models.TextField(blank=True, verbose_name='search text')),
            ],
            options={
                'verbose_name': 'search text',
                'verbose_name_plural': 'search texts',
            },
        ),
        migrations.CreateModel(
            name='StatedPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(default=1, verbose_name='rank')),
                ('event_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.eventtype', verbose_name='event type')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stated_preferences', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'stated preference',
                'verbose_name_plural': 'stated preferences',
                'ordering': ('user', 'rank', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('user', 'event_type'), name='preference_once')],
            },
        ),
    ]
