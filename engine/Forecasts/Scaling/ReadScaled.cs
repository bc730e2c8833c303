using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Forecasts;

[Activity(
    "forecasts.read_scaled", "Look at what was scaled",
    "Reads the size of a container, a service or a guest at its tool, and how much of it was used at most in the last seconds by the metric that was forecast. Nothing is changed.",
    TimeoutSeconds = 60)]
internal sealed class ReadScaled(ForecastStore forecasts, MetricHistory history, ScaleTools tools, IConfiguration configuration) : IActivity<ReadScaled.Input, ReadScaled.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Forecasts").Get<ForecastSettings>() ?? new();
        var forecast = await forecasts.FindAsync(input.Forecast, cancellationToken) ?? throw new ActivityException($"There is no forecast '{input.Forecast}'; its series may be gone.", retryable: false);
        var definition = ForecastDefinition.Read(Path.Combine(GateSetup.RulesDirectory(configuration), "forecasts", "forecasts.json")).FirstOrDefault(definition => definition.Name == forecast.Metric)
            ?? throw new ActivityException($"The metric {forecast.Metric} is not in forecasts/forecasts.json any more.", retryable: false);
        var state = await tools.StateAsync(ScaleTools.Read(input.Target, input.Resource), context, cancellationToken);
        var used = await history.HighestAsync(definition, settings.Connection, input.Seconds, context, cancellationToken);
        return new() { Size = state.Size, UsedPercent = used.TryGetValue(forecast.Id, out var value) ? 100 * value / (definition.Limit ?? 100) : null };
    }

    internal sealed record Input
    {
        [Description("Id of the forecast that it was scaled for.")]
        [StringLength(64, MinimumLength = 1)]
        [Example("0199c0ffee")]
        public required string Forecast { get; init; }

        [Description("What was scaled: tool, connection and name.")]
        [RegularExpression("(docker|proxmox):[^/]+/.+")]
        [StringLength(1000)]
        [Example("docker:default/web")]
        public required string Target { get; init; }

        [Description("memory, processors, disk or replicas.")]
        [RegularExpression("memory|processors|disk|replicas")]
        [Example("memory")]
        public required string Resource { get; init; }

        [Description("So far back the highest use is looked for.")]
        [Range(1, 86_400)]
        public int Seconds { get; init; } = 225;
    }

    internal sealed record Output
    {
        [Description("Its limit in bytes or processors, or how many containers of the service run.")]
        public required double Size { get; init; }

        [Description("The most of it that was used, in percent; empty where the metric says nothing.")]
        public double? UsedPercent { get; init; }
    }
}
