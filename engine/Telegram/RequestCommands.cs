using System.Globalization;
using Homelab.Engine.Controls;
using Homelab.Engine.Requests;

namespace Homelab.Engine.Telegram;

/// <summary>Requests in plain words: the plan as a message that follows how it goes, with the buttons that fit.</summary>
internal sealed class RequestCommands(RequestDesk desk, RequestStore store, LiveSettings settings)
{
    private const int MostListed = 10;

    public async Task<TelegramReply> AskAsync(TelegramRequest request, CancellationToken cancellationToken) => request.Arguments.Length == 0
        ? TelegramReply.Of($"Say what: {Html.Code("/ask I need a WordPress for testing")}")
        : Reply(await desk.AskAsync(request.Arguments, null, request.User.Name, request.Key, cancellationToken));

    public async Task<TelegramReply> ListAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var open = await OpenAsync(cancellationToken);
        return open.Count == 0
            ? TelegramReply.Of("Nothing is asked for. /ask makes a plan of plain words.")
            : new TelegramReply(new CardContent
            {
                Lines = [Html.Bold("Requests"), .. open.Select(one => $"{Html.Code(TelegramRefs.Of(one.Id))} {Html.Text($"{one.Title}: {one.State}, {one.Progress().Done} of {one.Progress().All}")}")],
                Buttons = [.. open.Take(5).Select(one => (IReadOnlyList<CardButton>)[new CardButton(one.Title, TelegramPresses.Command, $"request {one.Id}")])],
            });
    }

    /// <summary><c>ID</c> shows it, <c>ID approve</c>, <c>ID done s3</c> and the like act, anything else is an edit in plain words. The id may be left out where one is open.</summary>
    public async Task<TelegramReply> OneAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var words = request.Arguments.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var open = await OpenAsync(cancellationToken);
        var named = words.Length > 0 && words[0].Length >= 4 && words[0].All(char.IsAsciiHexDigitLower)
            ? open.Where(one => one.Id.EndsWith(words[0], StringComparison.Ordinal)).ToList() is { Count: > 0 } found ? found : await store.FindAsync(words[0], cancellationToken) is { } over ? [over] : []
            : [];
        var rest = named.Count > 0 ? words.ElementAtOrDefault(1) ?? "" : request.Arguments.Trim();
        if ((named.Count > 0 ? named : open) is not [var one])
            return open.Count == 0 ? TelegramReply.Of("No request is open.") : TelegramReply.Of([$"{open.Count} requests are open; say which:", .. open.Select(other => $"{Html.Code($"/request {TelegramRefs.Of(other.Id)}")} {Html.Text(other.Title)}")]);
        if (rest.Length == 0)
            return Shown(one);
        var by = request.User.Name;
        return Reply(rest.Split(' ', 3) switch
        {
            ["approve" or "go"] => await desk.ApproveAsync(one.Id, by, cancellationToken),
            ["pause"] => await desk.PauseAsync(one.Id, by, cancellationToken),
            ["resume"] => await desk.ResumeAsync(one.Id, by, cancellationToken),
            ["cancel" or "no"] => await desk.CancelAsync(one.Id, by, cancellationToken),
            [("done" or "failed" or "retry") and var verb, .. var more] when (more.FirstOrDefault() ?? one.Current?.Id) is { } step => await desk.StepAsync(one.Id, step, verb, more.ElementAtOrDefault(1), by, cancellationToken),
            ["skip", var step] when one.Steps.Any(known => known.Id == step) => await desk.StepAsync(one.Id, step, "skip", null, by, cancellationToken),
            _ => await desk.SayAsync(one.Id, rest, Zone, by, cancellationToken),
        });
    }

    /// <summary>The message of a request as it stands now.</summary>
    public async Task<(CardContent Content, bool Final)> MakeAsync(string id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } request ? (Card(request), !request.IsOpen) : (CardContent.Of("It is not known any more."), true);

    private TimeZoneInfo Zone => settings.Preferences?.Zone ?? TimeZoneInfo.Utc;

    private async Task<IReadOnlyList<Request>> OpenAsync(CancellationToken cancellationToken) =>
        (await store.ListAsync(RequestState.All.Except([RequestState.Done, RequestState.Cancelled]), null, 0, MostListed, cancellationToken)).Rows;

    private TelegramReply Reply(RequestResult result) => result switch
    {
        RequestResult.Ok ok => Shown(ok.Request),
        RequestResult.Invalid invalid => TelegramReply.Of([.. invalid.Faults.Select(fault => $"⚠️ {Html.Text(fault.Path is "text" ? fault.Rule : $"{fault.Path}: {fault.Rule}")}")]),
        RequestResult.Refused refused => TelegramReply.Of($"⛔ {Html.Text(refused.Reason)}"),
        _ => TelegramReply.Of("There is no such request or step any more. /requests lists what is open."),
    };

    private TelegramReply Shown(Request request) => new(Card(request), $"request:{request.Id}");

    private CardContent Card(Request request) => new()
    {
        Lines =
        [
            $"📋 {Html.Bold(request.Title)} — {Html.Text(State(request))}",
            .. request.Steps.Select(step => $"{Sign(step)} {Html.Text(step.Title)}{(step.NotBefore is { } at && step.State == StepState.Pending ? Html.Text($" (from {TimeZoneInfo.ConvertTime(at, Zone).ToString("ddd MM-dd HH:mm", CultureInfo.InvariantCulture)})") : "")}{(step.Message is { } message && step.State is not StepState.Done ? $": {Html.Text(message)}" : "")}"),
            .. request.State is RequestState.Proposed ? [$"Nothing is done yet. Change it with {Html.Code($"/request {TelegramRefs.Of(request.Id)} delay … until the weekend")}"] : Array.Empty<string>(),
        ],
        Buttons = Buttons(request),
    };

    private static IReadOnlyList<IReadOnlyList<CardButton>> Buttons(Request request)
    {
        CardButton Button(string label, string verb) => new(label, TelegramPresses.Command, $"request {request.Id} {verb}");
        return (request.State, request.Current) switch
        {
            (RequestState.Proposed, _) => [[Button("✅ Go", "approve"), Button("❌ No", "cancel")]],
            (RequestState.Running or RequestState.Paused, { State: StepState.Waiting } step) => [[Button("✔️ Done", $"done {step.Id}"), Button("⚠️ Could not", $"failed {step.Id}")], [Button("❌ Cancel", "cancel")]],
            (RequestState.Running, _) => [[Button("⏸ Pause", "pause"), Button("❌ Cancel", "cancel")]],
            (RequestState.Paused, _) => [[Button("▶️ Go on", "resume"), Button("❌ Cancel", "cancel")]],
            (RequestState.Failed, { } step) => [[Button("🔄 Try again", $"retry {step.Id}"), Button("⏭ Skip it", $"skip {step.Id}")], [Button("❌ Cancel", "cancel")]],
            _ => [],
        };
    }

    private static string State(Request request) => request.State switch
    {
        RequestState.Proposed => "shall I?",
        RequestState.Running => $"{request.Progress().Done} of {request.Progress().All} done",
        RequestState.Failed => "stopped, needs you",
        var other => other,
    };

    private static string Sign(RequestStep step) => step.State switch
    {
        StepState.Done => "✔️",
        StepState.Running => "⏳",
        StepState.Waiting => "👉",
        StepState.Failed => "⚠️",
        StepState.Skipped => "⏭",
        _ => step.Activity is null ? "👤" : "▫️",
    };
}
