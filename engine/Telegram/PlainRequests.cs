using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Connections;
using Homelab.Engine.Remediation;
using Homelab.Engine.Requests;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Telegram;

/// <summary>
/// Requests in plain words, as commands. What the table of words reads is done; what it does not, a model may choose a command for, from those there are and for things there are, and a person
/// presses the button: a model's reading never acts by itself. Either way the command is the ordinary one, and what acts passes the gate.
/// </summary>
internal sealed partial class PlainRequests(TelegramCommands commands, RequestPlanner plans, ToolReader reader, Reading reading, ConnectionHealth connections)
{
    private const int MostOptions = 50;

    /// <summary>The choice of a model that finds no one command for it.</summary>
    private const string Plan = "make a plan";

    /// <summary>What is shown at once when a model reads it: commands that only look, and need no name to do so.</summary>
    private static readonly string[] Looks = ["status", "health", "uptime", "monitor", "incidents", "happened", "forecast", "why", "infra", "node", "vms", "docker", "containers", "backup"];

    private static readonly (string Verb, string Kind, string Command)[] Verbs =
    [
        ("restart", "container", "restart_container"), ("restart", "vm", "restart_vm"),
        ("stop", "container", "stop_container"), ("stop", "vm", "stop_vm"),
        ("start", "vm", "start_vm"),
    ];

    /// <param name="text">As it was written.</param>
    public async Task<TelegramReply> RunAsync(string text, TelegramRequest request, CancellationToken cancellationToken)
    {
        if (PlainWords.Read(text) is { } plain)
            return plain.OnThing ? await OnThingAsync(plain, request, cancellationToken) : await commands.RunAsync($"{plain.Command} {plain.Name}", request, cancellationToken);
        if (commands.Knows(text))
            return await commands.RunAsync(text, request, cancellationToken);
        if (Edit().IsMatch(text))
            return await commands.RunAsync($"request {text}", request, cancellationToken);
        if (await plans.FitsAsync(text, cancellationToken))
            return await commands.RunAsync($"ask {text}", request, cancellationToken);
        return await AskModelAsync(text, request, cancellationToken) ?? TelegramReply.Of("I do not understand that.", "Try: status, what happened tonight?, restart NAME, check NAME. /ask makes a plan of it, /help lists all.");
    }

    /// <summary>A verb and a name: whichever thing bears it.</summary>
    private async Task<TelegramReply> OnThingAsync(PlainRequest plain, TelegramRequest request, CancellationToken cancellationToken)
    {
        var kind = plain.Kind switch { "container" => "container", "vm" or "guest" or "machine" => "vm", _ => null };
        var fits = (await ThingsAsync(cancellationToken)).Where(thing => (kind is null || thing.Kind == kind) && thing.Name.Equals(plain.Name, StringComparison.OrdinalIgnoreCase))
            .Select(thing => Verbs.Where(line => line.Verb == plain.Command && line.Kind == thing.Kind).Select(line => $"{line.Command} {thing.Name}").FirstOrDefault()).OfType<string>().Distinct().ToList();
        return fits switch
        {
            [var one] => await commands.RunAsync(one, request, cancellationToken),
            [] => TelegramReply.Of($"I know nothing called {Html.Code(plain.Name)} that I could {Html.Text(plain.Command)}. /containers and /vms list what there is."),
            _ => Offer("Which one?", fits),
        };
    }

    private async Task<TelegramReply?> AskModelAsync(string text, TelegramRequest request, CancellationToken cancellationToken)
    {
        if (!connections.List().Any(state => state.Tool == "Model"))
            return null;
        var looks = commands.All.Where(command => Looks.Contains(command.Name, StringComparer.Ordinal)).ToList();
        IReadOnlyList<string> acts = request.User.Role < Role.Operator
            ? []
            : [.. (await ThingsAsync(cancellationToken)).SelectMany(thing => Verbs.Where(line => line.Kind == thing.Kind).Select(line => $"{line.Command} {thing.Name}"))];
        List<string> options = [.. looks.Select(command => command.Name), .. acts.Take(MostOptions - looks.Count - 1)];
        if (request.User.Role >= Role.Operator)
            options.Add(Plan);
        JsonNode? answer;
        try
        {
            answer = await reading.PerformAsync(
                "model.choose_option",
                new JsonObject
                {
                    ["question"] = $"Which command does the request in the data ask for? {string.Join(" ", looks.Select(command => $"{command.Name}: {command.Help}."))} {Plan}: anything that takes several steps, such as setting something up.",
                    ["options"] = new JsonArray([.. options.Select(option => (JsonNode?)option)]),
                    ["data"] = text[..Math.Min(text.Length, 1000)],
                },
                cancellationToken);
        }
        catch (ActivityException)
        {
            // Without a model everything else still works.
            return null;
        }

        if ((string?)answer?["choice"] == Plan && options.Contains(Plan))
            return await commands.RunAsync($"ask {text}", request, cancellationToken);
        return (string?)answer?["choice"] is { } choice && options.Contains(choice, StringComparer.Ordinal)
            ? acts.Contains(choice, StringComparer.Ordinal) ? Offer("Do you mean this?", [choice]) : await commands.RunAsync(choice, request, cancellationToken)
            : null;
    }

    private static TelegramReply Offer(string question, IReadOnlyList<string> lines) => new(new CardContent
    {
        Lines = [question],
        Buttons = [.. lines.Take(10).Select(line => (IReadOnlyList<CardButton>)[new CardButton(line.Replace('_', ' '), TelegramPresses.Command, line)])],
    });

    private async Task<IReadOnlyList<(string Kind, string Name)>> ThingsAsync(CancellationToken cancellationToken)
    {
        List<(string, string)> things = [];
        foreach (var (tool, activity, field, kind) in new[] { ("Docker", "docker.list_containers", "containers", "container"), ("Proxmox", "proxmox.list_guests", "guests", "vm") })
        {
            foreach (var connection in reader.Connections(tool))
            {
                var (output, _) = await reader.ReadAsync(activity, connection, cancellationToken);
                things.AddRange(ToolReader.Items(output, field).Select(item => (kind, ToolReader.Text(item, "name"))).Where(thing => thing.Item2.Length > 0));
            }
        }

        return things;
    }

    /// <summary>What only a plan that there is already can mean.</summary>
    [GeneratedRegex(@"^(please )?((delay|postpone|put off|skip|leave out) |do .+ (first|last|now)$)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Edit();
}
