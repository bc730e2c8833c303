using Homelab.Engine.Definitions;
using Homelab.Engine.Operations;
using Microsoft.Data.Sqlite;
using Npgsql;
using Quartz;

namespace Homelab.Engine.Schedules;

internal static class SchedulesSetup
{
    /// <summary>Quartz on its own file beside the database (data/schedules.db), or clustered in PostgreSQL's schema "quartz".</summary>
    public static IServiceCollection AddSchedules(this IServiceCollection services, IConfiguration configuration, DataDirectory data)
    {
        services.AddSettings<ScheduleSettings>("Schedules");
        services.AddSingleton<ScheduleReconciler>();
        services.AddSingleton<Jobs>();
        services.AddSingleton<ScheduleSync>();
        services.AddSingleton<IDefinitionObserver>(provider => provider.GetRequiredService<ScheduleSync>());
        services.AddHostedService(_ => new SchedulesStore(configuration, data));

        var settings = configuration.ReadSettings<ScheduleSettings>("Schedules");
        var connectionString = configuration["Storage:ConnectionString"];
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = JobNames.Scheduler;
                scheduler.GenerateInstanceId = !string.IsNullOrEmpty(connectionString);
                scheduler.IdleWaitTime = TimeSpan.FromSeconds(10);
                // What a job does with the token is its own; a stop waits for it anyway.
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Never;
            });
            quartz.UseDefaultThreadPool(settings.Concurrency);
            if (settings.Retries > 0)
                quartz.UseDefaultRetryPolicy(RetryPolicy.Exponential(settings.Retries, TimeSpan.FromSeconds(5), 2, TimeSpan.FromMinutes(5), 0.2));
            quartz.UsePersistentStore(store =>
            {
                store.ConfigureStore(options =>
                {
                    options.StoreJobDataAsStrings = true;
                    options.MisfireThreshold = settings.MisfireThreshold;
                    if (!string.IsNullOrEmpty(connectionString))
                        options.TablePrefix = "quartz.qrtz_";
                });
                store.ProvisionSchema();
                store.UseExecutionHistory();
                if (string.IsNullOrEmpty(connectionString))
                {
                    store.UseSqlite(SqliteFactory.Instance, Sqlite(data));
                }
                else
                {
                    store.UsePostgres(NpgsqlFactory.Instance, connectionString);
                    store.UseClustering(cluster => cluster.CheckinInterval = TimeSpan.FromSeconds(5));
                }
            });
        });
        services.AddQuartzExecutionHistory(history =>
        {
            history.Retention = TimeSpan.FromDays(settings.HistoryDays);
            history.MaxEntriesPerJob = 1000;
        });
        services.AddHostedService(provider => provider.GetRequiredService<ScheduleSync>());
        services.AddSingleton(provider => new ReadinessCheck("scheduler", async cancellationToken =>
        {
            var scheduler = await provider.GetRequiredService<ISchedulerFactory>().GetScheduler(cancellationToken);
            return scheduler.Status == SchedulerStatus.Running ? null : $"The scheduler is {scheduler.Status}.";
        }));
        services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
        return services;
    }

    public static string Sqlite(DataDirectory data)
    {
        DataDirectory.Make(data.Path);
        return new SqliteConnectionStringBuilder { DataSource = Path.Combine(data.Path, "schedules.db"), DefaultTimeout = 30 }.ConnectionString;
    }
}

/// <summary>
/// Quartz makes its tables but not the schema they are in; and its connections stay in the pool, so that a process that goes on without its server (tests, the lab's benchmark) would
/// keep the file open for ever.
/// </summary>
internal sealed class SchedulesStore(IConfiguration configuration, DataDirectory data) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["Storage:ConnectionString"] is not { Length: > 0 } connectionString)
            return;
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        // Two nodes that start together: "if not exists" alone can still collide in the catalogue.
        command.CommandText = "SELECT pg_advisory_lock(486201); CREATE SCHEMA IF NOT EXISTS quartz; SELECT pg_advisory_unlock(486201)";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Services end in reverse: Quartz has ended.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        if (configuration["Storage:ConnectionString"] is not { Length: > 0 })
            SqliteConnection.ClearPool(new SqliteConnection(SchedulesSetup.Sqlite(data)));
        return Task.CompletedTask;
    }
}
