using Homelab.Activities;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Telegram;

/// <param name="Arguments">What stood behind the command.</param>
/// <param name="Key">The same for the same update: what is asked twice is done once.</param>
internal sealed record TelegramRequest(User User, long Chat, string Arguments, string Key);

/// <param name="Follow">What the message shows from now on, such as <c>run:ID</c>.</param>
/// <param name="Acts">It did something, rather than looked.</param>
internal sealed record TelegramReply(CardContent Content, string? Follow = null, bool Acts = false)
{
    public static TelegramReply Of(params IReadOnlyList<string> lines) => new(CardContent.Of(lines));
}

/// <param name="Name">Without the slash.</param>
/// <param name="Arguments">As help shows them.</param>
/// <param name="Help">At most 256 letters: Telegram shows it while one types.</param>
internal sealed record TelegramCommand(string Name, string Arguments, string Help, Role Role, Func<TelegramRequest, CancellationToken, Task<TelegramReply>> RunAsync);

/// <summary>Every command: the one table that help, Telegram's own menu and the bot read.</summary>
internal sealed class TelegramCommands
{
    private readonly Dictionary<string, TelegramCommand> _byName;

    public TelegramCommands(LookCommands look, ToolCommands tools, SafetyCommands safety, ReportCommands reports, StoryCommands stories, RequestCommands requests)
    {
        All =
        [
            new("status", "", "How it goes: controls, questions, what was done today", Role.Viewer, look.StatusAsync),
            new("menu", "", "Buttons for what is asked most", Role.Viewer, look.MenuAsync),
            new("health", "", "The health score and its parts", Role.Viewer, look.HealthAsync),
            new("uptime", "", "How long this server has been running, and its version", Role.Viewer, look.UptimeAsync),
            new("monitor", "", "What is watched: connections, and the alerts of Alertmanager", Role.Viewer, look.MonitorAsync),
            new("incidents", "", "What is wrong now, and what was in the last day", Role.Viewer, look.IncidentsAsync),
            new("happened", "[today|tonight|week]", "What went wrong and what was done; the last day where no time is named", Role.Viewer, stories.HappenedAsync),
            new("check", "NAME", "What is known of a container, a guest, a node or a service", Role.Viewer, stories.CheckAsync),
            new("forecast", "[TEXT]", "What will run out, and when", Role.Viewer, look.ForecastAsync),
            new("why", "[ID]", "Why something was decided; the last decision where none is named", Role.Viewer, look.WhyAsync),
            new("infra", "", "Everything at a glance: nodes, guests, containers, connections", Role.Viewer, tools.InfraAsync),
            new("node", "", "Proxmox nodes with their load", Role.Viewer, tools.NodesAsync),
            new("vms", "", "Guests with their state", Role.Viewer, tools.GuestsAsync),
            new("start_vm", "NAME", "Start a guest, by number or name", Role.Operator, tools.StartGuestAsync),
            new("stop_vm", "NAME", "Shut a guest down", Role.Operator, tools.StopGuestAsync),
            new("restart_vm", "NAME", "Reboot a guest", Role.Operator, tools.RestartGuestAsync),
            new("docker", "", "Docker: containers and disk use", Role.Viewer, tools.DockerAsync),
            new("containers", "[TEXT]", "Containers with their state, with buttons", Role.Viewer, tools.ContainersAsync),
            new("restart_container", "NAME", "Restart a container", Role.Operator, tools.RestartContainerAsync),
            new("stop_container", "NAME", "Stop a container", Role.Operator, tools.StopContainerAsync),
            new("backup", "[GUEST STORAGE]", "How old the backups are; with a guest and a storage, back it up", Role.Viewer, tools.BackupAsync),
            new("approve", "[ID] [CHANGES]", "Approve a question; such as /approve at 02:00", Role.Operator, safety.ApproveAsync),
            new("deny", "[ID] [REASON]", "Deny a question", Role.Operator, safety.DenyAsync),
            new("pause", "[REASON]", "Observe, do not act", Role.Operator, safety.PauseAsync),
            new("resume", "[REASON]", "Act again after a pause or a stop", Role.Operator, safety.ResumeAsync),
            new("stop", "[REASON]", "Emergency stop: halt what runs, let nothing begin", Role.Operator, safety.StopAsync),
            new("undo", "[ID]", "Take the last change back, or the one that is named", Role.Operator, safety.UndoAsync),
            new("enable_autohealing", "", "Let it act by itself again, as its level allows", Role.Operator, safety.EnableAsync),
            new("disable_autohealing", "", "It watches and tells, and does nothing by itself", Role.Operator, safety.DisableAsync),
            new("ask", "TEXT", "Make a plan of what you ask for in plain words; nothing is done before you approve it", Role.Operator, requests.AskAsync),
            new("requests", "", "What was asked for and how far it is", Role.Viewer, requests.ListAsync),
            new("request", "[ID] [WORDS]", "Show or change a plan: approve, pause, resume, cancel, done, skip s2, delay … until the weekend", Role.Operator, requests.OneAsync),
            new("report_now", "[daily|weekly|monthly]", "Make a report now", Role.Viewer, reports.NowAsync),
            new("enable_reports", "[daily|weekly|monthly]", "Send you reports here", Role.Viewer, reports.EnableAsync),
            new("disable_reports", "[daily|weekly|monthly]", "Send you no reports here", Role.Viewer, reports.DisableAsync),
            new("help", "[COMMAND]", "What there is", Role.Viewer, HelpAsync),
        ];
        _byName = All.ToDictionary(command => command.Name);
    }

    public IReadOnlyList<TelegramCommand> All { get; }

    /// <summary>Whether a text begins with a command, with or without its slash.</summary>
    public bool Knows(string text) => _byName.ContainsKey(text.TrimStart('/').Split([' ', '\n', '@'], 2)[0].ToLowerInvariant());

    /// <param name="text">Without the slash: <c>restart_container web</c>, <c>status@my_bot</c>.</param>
    public async Task<TelegramReply> RunAsync(string text, TelegramRequest request, CancellationToken cancellationToken)
    {
        var words = text.Trim().Split([' ', '\n'], 2, StringSplitOptions.TrimEntries);
        var name = words[0].Split('@')[0].ToLowerInvariant();
        if (name == "start")
            name = "help";
        if (!_byName.TryGetValue(name, out var command))
            return TelegramReply.Of($"I do not know {Html.Code(words[0][..Math.Min(words[0].Length, 60)])}. /help lists what I know.");
        if (request.User.Role < command.Role)
            return TelegramReply.Of($"Your role may look, and /{command.Name} acts. Ask an administrator for the role operator.");
        try
        {
            return await command.RunAsync(request with { Arguments = words.Length > 1 ? words[1] : "" }, cancellationToken);
        }
        catch (ActivityException exception)
        {
            return TelegramReply.Of($"⚠️ {Html.Text(exception.Message)}");
        }
    }

    private Task<TelegramReply> HelpAsync(TelegramRequest request, CancellationToken cancellationToken) => Task.FromResult(
        _byName.TryGetValue(request.Arguments.TrimStart('/').ToLowerInvariant(), out var one)
            ? TelegramReply.Of($"{Html.Code($"/{one.Name} {one.Arguments}".TrimEnd())}", Html.Text(one.Help), $"For the role {one.Role.Name()} and above.")
            : TelegramReply.Of([Html.Bold("What I know"), .. All.Where(command => request.User.Role >= command.Role).Select(command => $"/{command.Name} {Html.Text(command.Arguments)} — {Html.Text(command.Help)}")]));
}
