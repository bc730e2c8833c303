using System.ComponentModel;
using Homelab.Activities;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Forecasts;

[Activity("forecasts.check_forecasts", "Check forecasts", "Compares forecasts whose time came with what came, for the accuracy board. Nothing outside is changed.", TimeoutSeconds = 600)]
internal sealed class CheckForecasts(ForecastStore store, MetricHistory history, IConfiguration configuration) : IActivity<CheckForecasts.Input, CheckForecasts.Output>
{
    private const int Most = 20_000;
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(2);

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Forecasts").Get<ForecastSettings>() ?? new();
        var definitions = ForecastDefinition.Read(Path.Combine(GateSetup.RulesDirectory(configuration), "forecasts", "forecasts.json")).ToDictionary(definition => definition.Name, StringComparer.Ordinal);
        var now = context.Time.GetUtcNow();
        var (compared, missing) = (0, 0);
        foreach (var group in (await store.DueAsync(Most, cancellationToken)).GroupBy(row => (row.Metric, row.DueAt)))
        {
            var due = DateTimeOffset.FromUnixTimeMilliseconds(group.Key.DueAt);
            IReadOnlyDictionary<string, double> actual = new Dictionary<string, double>();
            if (definitions.TryGetValue(group.Key.Metric, out var definition))
                actual = await history.AtAsync(definition, settings.Connection, due, context, cancellationToken);
            List<CheckRow> done = [];
            foreach (var row in group)
            {
                if (actual.TryGetValue(row.ForecastId, out var value))
                {
                    (row.Actual, row.CheckedAt) = (value, now.ToUnixTimeMilliseconds());
                    compared++;
                }
                else if (now - due > GivenUpAfter)
                {
                    // The series is gone; it counts neither way.
                    row.CheckedAt = now.ToUnixTimeMilliseconds();
                    missing++;
                }
                else
                {
                    continue;
                }

                done.Add(row);
            }

            await store.CheckedAsync(done, cancellationToken);
        }

        return new() { Compared = compared, Missing = missing };
    }

    internal sealed record Input;

    internal sealed record Output
    {
        [Description("Forecasts that were compared with what came.")]
        public required int Compared { get; init; }

        [Description("Forecasts of series that are gone.")]
        public required int Missing { get; init; }
    }
}
