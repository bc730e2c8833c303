using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.HomeAssistant;

[Activity(
    "homeassistant.switch_entity", "Switch on or off", "Switches a light, switch, fan or whatever knows on and off.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class SwitchEntity(HomeAssistantClients clients) : IEffectActivity<SwitchEntity.Input, SwitchEntity.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = (await client.StateAsync(input.EntityId, cancellationToken)).Value;
        var wanted = input.On ? "on" : "off";
        if (before != wanted)
            await client.CallAsync("homeassistant", $"turn_{wanted}", new { entity_id = input.EntityId }, cancellationToken);
        return new() { Before = before };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var state = await client.StateAsync(input.EntityId, cancellationToken);
        return new("entity", $"homeassistant:{client.Name}/entity/{state.EntityId}", state.FriendlyName ?? state.EntityId);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.StateAsync(input.EntityId, cancellationToken)).Value == (input.On ? "on" : "off") ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        output.Before == (input.On ? "off" : "on") ? Activities.Undo.By("homeassistant.switch_entity", input with { On = !input.On }) : null;

    internal sealed record Input : ConnectedInput
    {
        [Description("The entity.")]
        [RegularExpression(HomeAssistantClient.EntityPattern)]
        [Options("homeassistant.entities")]
        [Example("switch.pump")]
        public required string EntityId { get; init; }

        [Description("On or off.")]
        [Example(true)]
        public required bool On { get; init; }
    }

    internal sealed record Output
    {
        [Description("The state before.")]
        public required string Before { get; init; }
    }
}
