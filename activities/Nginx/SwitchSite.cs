using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Nginx;

[Activity(
    "nginx.switch_site", "Switch site", "Makes a site count or not and reloads; where nginx does not take that, it is put back and the step fails.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 90, Idempotent = true)]
internal sealed class SwitchSite(NginxClients clients) : IEffectActivity<SwitchSite.Input, SwitchSite.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await client.IsEnabledAsync(input.Site, cancellationToken);
        if (before == input.Enabled)
            return new() { Before = before };
        // What was broken before this must not be blamed on it, nor come to count by it.
        await client.ExpectValidAsync(cancellationToken);
        await client.SwitchAsync(input.Site, input.Enabled, cancellationToken);
        try
        {
            await client.ExpectValidAsync(cancellationToken);
            await ReloadConfiguration.ReloadAsync(client, context, cancellationToken);
        }
        catch (Exception exception) when (exception is not DryRunStop)
        {
            await client.SwitchAsync(input.Site, before, CancellationToken.None);
            throw;
        }

        return new() { Before = before };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.IsEnabledAsync(input.Site, cancellationToken);
        return new("site", $"nginx:{client.Name}/site/{input.Site}", input.Site);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        // The name may be switched and the reload not done: that cannot be seen, and switching is not done twice.
        return await client.IsEnabledAsync(input.Site, cancellationToken) == input.Enabled ? Probe.Unknown : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => output.Before == input.Enabled ? null : Activities.Undo.By("nginx.switch_site", input with { Enabled = output.Before });

    internal sealed record Input : ConnectedInput
    {
        [Description("Name of the site's file.")]
        [RegularExpression(NginxClient.SitePattern)]
        [Options("nginx.sites")]
        [Example("wiki")]
        public required string Site { get; init; }

        [Description("It counts.")]
        [Example(true)]
        public required bool Enabled { get; init; }
    }

    internal sealed record Output
    {
        [Description("It counted before.")]
        public required bool Before { get; init; }
    }
}
