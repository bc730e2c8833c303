using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Engine.Lab.Telegram;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>The Bot API among the lab's services, with the one person of the lab in it.</summary>
internal sealed partial class TelegramSimulator(World.Homelab homelab, TimeProvider time) : Simulator(homelab)
{
    public const long Person = 42;
    public const string Token = "7:lab";

    private readonly Telegram.TelegramSimulator _service = Open(time);

    /// <summary>What the bot said, as it is shown now, oldest first.</summary>
    public IReadOnlyList<SimulatedMessage> Messages => _service.Chats.Of(Person);

    public void Write(string text) => _service.Say(Person, text);

    public void Press(SimulatedMessage message, string label) => _service.Press(Person, message, label);

    protected override async Task<Answer?> AnswerAsync(Request request)
    {
        if (request.Path is not [var bot, var method])
            return Answer.Text(404, "Not Found");
        if (await _service.HandleAsync(bot, method, Fields(request), request.Aborted) is not { } answer)
            return null;
        if (method == "sendMessage" && answer.Status == 200)
            Homelab.Tell("message", Messages[^1].Text.ReplaceLineEndings(" "));
        return new Answer(answer.Status, System.Text.Encoding.UTF8.GetBytes(answer.Body), "application/json");
    }

    private static Telegram.TelegramSimulator Open(TimeProvider time)
    {
        var service = new Telegram.TelegramSimulator(Token, time);
        service.Chats.Open(Person);
        return service;
    }

    private static JsonObject Fields(Request request) => request.ContentType switch
    {
        var type when type.StartsWith("application/json", StringComparison.Ordinal) => request.Json(),
        // A file: its fields and its text, each behind the header that names it.
        var type when type.StartsWith("multipart/", StringComparison.Ordinal) => new JsonObject(Part().Matches(request.Body).SelectMany(part => part.Groups["file"].Success
            ? [Pair(part.Groups["name"].Value, part.Groups["file"].Value), Pair("__content", part.Groups["value"].Value)]
            : new[] { Pair(part.Groups["name"].Value, part.Groups["value"].Value) })),
        _ => new JsonObject(request.Fields().Select(field => Pair(field.Key, field.Value))),
    };

    private static KeyValuePair<string, JsonNode?> Pair(string name, string value) => KeyValuePair.Create<string, JsonNode?>(name, value);

    [GeneratedRegex("name=\"?(?<name>\\w+)\"?(; filename=\"?(?<file>[^\";\\r\\n]+)\"?[^\\r\\n]*)?\\r\\n(.+\\r\\n)*\\r\\n(?<value>(.|\\n)*?)\\r\\n--", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Part();
}
