using System.Text.RegularExpressions;

namespace Homelab.Engine.Telegram;

/// <summary>
/// Sentences as people write them, as the command they mean: <c>restart wiki</c>, <c>what happened tonight?</c> The first line of the table that fits counts; what fits none is nobody's to guess
/// here. Written in the imperative and with a name, an action is one; anything longer is at most a look.
/// </summary>
internal static partial class PlainWords
{
    private const string Thing = @"(?:the )?(?:(?<kind>container|vm|guest|machine|service) )?(?<name>[\w.\-/]+)(?: (?<kind>container|vm|guest|machine|service))?(?: (?:please|now|again))*";

    private static readonly (Regex Pattern, string Command)[] Table =
    [
        .. new (string, string)[]
        {
            (@"(?:stop|halt) (?:everything|all|it all)(?: now)?|emergency stop", "stop"),
            (@"(?:pause|stop acting|do nothing)(?: for now)?", "pause"),
            (@"(?:resume|go on|continue|carry on)", "resume"),
            (@"(?:undo|take back|roll back|revert)(?: (?:that|this|it|the last (?:one|change|action)))?", "undo"),
            ($"(?:restart|reboot|bounce) {Thing}", "restart:"),
            ($"(?:stop|shut down|shutdown) {Thing}", "stop:"),
            ($"(?:start|boot|turn on) {Thing}", "start:"),
            (@"(?:what|anything|something) (?:happened|happen|was done|did you do|have you done|went on)\b.*?(?<name>tonight|last night|this night|while i slept|today|yesterday|this week|last week|this month)?", "happened"),
            (@"what (?:is|was) (?:wrong|broken|down|failing)\b.*|(?:is )?(?:anything|something) (?:wrong|broken|down)|(?:any|open|current) (?:problems|incidents|issues|alerts)\b.*", "incidents"),
            (@"(?:how (?:is|are) (?:it|you|things|everything|the homelab)\b.*|(?:is )?(?:everything|all) (?:ok|okay|fine|good|well)\b.*|how does it (?:look|go))", "status"),
            (@"(?:when|will)\b.*\b(?:full|run out|out of space|overflow)\b.*|what (?:runs|will run) out\b.*", "forecast"),
            (@"(?:how old are|are there|are|show me|show)(?: the| my| our)? backups?\b.*", "backup"),
            (@"(?:show|list|which|what)(?: me)?(?: the| my)? containers\b.*", "containers"),
            (@"(?:show|list|which|what)(?: me)?(?: the| my)? (?:vms|guests|machines)\b.*", "vms"),
            (@"(?:make|send|give|show)(?: me)?(?: a| the)? (?<name>daily|weekly|monthly)? ?report\b.*", "report_now"),
            (@"why (?:did you|was|were|have you) \w+ (?:the )?(?<name>[\w.\-/]+)\b.*", "why"),
            (@"(?:please )?(?:check|look at|look into|see)(?: why| what is (?:wrong )?with| if| whether)? (?:the )?(?<name>[\w.\-/]+)\b.*", "check"),
            (@"(?:why|what) is (?:the |wrong with (?:the )?)?(?<name>[\w.\-/]+)\b.*", "check"),
            (@"how is (?:the )?(?<name>[\w.\-/]+)(?: doing)?", "check"),
        }.Select(line => (new Regex($@"^(?:please |can you |could you |hey )*(?:{line.Item1})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), line.Item2)),
    ];

    /// <summary>Null where no line of the table fits.</summary>
    public static PlainRequest? Read(string text)
    {
        var said = Spaces().Replace(text.Trim().TrimEnd('?', '!', '.', ' ').Replace("'s ", " is ", StringComparison.Ordinal), " ").ToLowerInvariant();
        if (said.Length > 300)
            return null;
        foreach (var (pattern, command) in Table)
        {
            if (pattern.Match(said) is { Success: true } match)
                return new PlainRequest(command.TrimEnd(':'), match.Groups["name"].Value, match.Groups["kind"].Value, command.EndsWith(':'));
        }

        return null;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

/// <param name="Command">The command, or where <paramref name="OnThing"/> the verb: restart, stop, start.</param>
/// <param name="Name">What it is about; empty where it is about nothing by name.</param>
/// <param name="Kind">What it was called: container, vm ...; empty where nothing was said.</param>
/// <param name="OnThing">Which command it is depends on what bears the name.</param>
internal sealed record PlainRequest(string Command, string Name, string Kind, bool OnThing);
