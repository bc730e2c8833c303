using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Engine.Remediation;

/// <summary>Plans, verification, the way back and undo.</summary>
internal static class RemediationSetup
{
    public static IServiceCollection AddRemediation(this IServiceCollection services)
    {
        services.AddSingleton<PlanCheck>();
        services.AddSingleton<PlanDesk>();
        services.AddSingleton<PlanOutcome>();
        services.AddSingleton<Reading>();
        services.AddSingleton<UndoDesk>();

        // The catalogue holds them and they need what needs the catalogue: asked for when they are performed.
        services.AddSingleton<IActivityInvoker>(_ => new ControlActivity(ControlActivity.Check, (input, context, _) => Task.FromResult<JsonNode?>(Check(input, context))));
        services.AddSingleton<IActivityInvoker>(provider => new ControlActivity(
            ControlActivity.LookBack, (input, context, token) => provider.GetRequiredService<PlanOutcome>().LookBackAsync(input, context, token)));
        services.AddSingleton<IActivityInvoker>(provider => new ControlActivity(
            ControlActivity.Read, (input, context, token) => provider.GetRequiredService<Reading>().PerformAsync(input, context, token)));
        services.AddSingleton<IActivityInvoker>(provider => new ControlActivity(
            ControlActivity.Report, (input, context, token) => provider.GetRequiredService<PlanOutcome>().ReportAsync(input, context, token)));
        services.AddSingleton<IActivityInvoker>(provider => new ControlActivity(
            ControlActivity.UndoSteps, (input, context, token) => provider.GetRequiredService<UndoDesk>().UndoStepsAsync(provider.GetRequiredService<PlanOutcome>(), input, context, token)));
        return services;
    }

    internal static JsonObject Check(JsonElement input, ActivityContext context)
    {
        // Nothing was done in a dry run, so there is nothing to see.
        var (verified, why) = context.DryRun
            ? (true, "not looked at in a dry run")
            : Verification.Judge(PlanOutcome.Text(input, "expression"), Node(input, "output"), Node(input, "given") as JsonObject);
        var until = input.TryGetProperty("until", out var given) && given.ValueKind == JsonValueKind.Number ? given.GetDouble() : 0;
        return new JsonObject { ["verified"] = verified, ["over"] = context.Time.GetUtcNow().ToUnixTimeMilliseconds() >= until, ["why"] = why };
    }

    private static JsonNode? Node(JsonElement input, string name) =>
        input.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? JsonNode.Parse(value.GetRawText()) : null;
}
