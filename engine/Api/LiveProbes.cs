using Homelab.Engine.Schedules;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Api;

/// <summary>What the console follows: one small question to the store each.</summary>
internal static class LiveProbes
{
    public static LiveProbe Runs(Dispatch.Runs runs) => new("run", async cancellationToken =>
        (await runs.ListAsync(new RunFilter(), RunOrder.Updated, descending: true, 0, 1, cancellationToken)).Items is [var newest]
            ? $"{newest.Id} {newest.UpdatedAt.UtcTicks} {newest.SubStatus}"
            : "");

    public static LiveProbe Jobs(Jobs jobs) => new("job", async cancellationToken =>
        (await jobs.HistoryAsync(null, false, 0, 1, cancellationToken)).Items is [var newest] ? $"{newest.Job} {newest.FiredAt.UtcTicks}" : "");

    public static LiveProbe Workflows(Database database) => new("workflow", cancellationToken => database.ReadAsync(
        async session => (await session.ScalarAsync<long>("SELECT revision FROM workflow_definitions_revision", null, cancellationToken)).ToString(System.Globalization.CultureInfo.InvariantCulture),
        cancellationToken));

    public static LiveProbe Reports(Database database) => new("report", cancellationToken => database.ReadAsync(
        async session => (await session.ScalarAsync<long?>("SELECT MAX(made_at) FROM reports", null, cancellationToken) ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture),
        cancellationToken));

    public static LiveProbe Requests(Database database) => new("request", cancellationToken => database.ReadAsync(
        async session => await session.ScalarAsync<string>("SELECT MAX(updated_at) || ' ' || SUM(version) FROM requests", null, cancellationToken) ?? "", cancellationToken));

    public static LiveProbe Findings(IServiceProvider services) => new("finding", cancellationToken => services.GetRequiredService<Database>().ReadAsync(
        async session => await session.ScalarAsync<string>("SELECT MAX(last_at) || ' ' || COUNT(*) FROM findings", null, cancellationToken) ?? "", cancellationToken));

    public static LiveProbe Forecasts(IServiceProvider services) => new("forecast", cancellationToken => services.GetRequiredService<Database>().ReadAsync(
        async session => await session.ScalarAsync<string>(
            "SELECT COALESCE((SELECT MAX(made_at) FROM forecasts), 0) || ' ' || COALESCE((SELECT MAX(checked_at) FROM forecast_checks), 0) || ' ' || COALESCE((SELECT MAX(updated_at) FROM scalings), 0)",
            null, cancellationToken) ?? "",
        cancellationToken));

    public static LiveProbe Documents(IServiceProvider services) => new("document", cancellationToken => services.GetRequiredService<Database>().ReadAsync(
        async session => await session.ScalarAsync<string>("SELECT MAX(updated_at) || ' ' || SUM(committed) FROM documents", null, cancellationToken) ?? "", cancellationToken));
}
