using System.ComponentModel;

namespace Homelab.Activities.Alertmanager;

[Activity("alertmanager.list_silences", "List silences", "Lists silences, those that are over only when asked for.")]
internal sealed class ListSilences(AlertmanagerClients clients) : IActivity<ListSilences.Input, ListSilences.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var silences = await client.SilencesAsync(cancellationToken);
        return new()
        {
            Silences = [.. silences.Where(silence => input.IncludeExpired || silence.Status?.State != "expired").Select(silence => new Silence(
                silence.Id!, silence.Status?.State ?? "", silence.StartsAt, silence.EndsAt, silence.CreatedBy, silence.Comment,
                [.. silence.Matchers.Select(matcher => $"{matcher.Name}{(matcher.IsEqual ?? true ? "=" : "!")}{(matcher.IsRegex ? "~" : matcher.IsEqual ?? true ? "" : "=")}\"{matcher.Value}\"")]))],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Also those that are over.")]
        public bool IncludeExpired { get; init; }
    }

    internal sealed record Output
    {
        [Description("The silences.")]
        public required IReadOnlyList<Silence> Silences { get; init; }
    }

    internal sealed record Silence(
        string Id, string State, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string CreatedBy, string Comment, IReadOnlyList<string> Matchers);
}
