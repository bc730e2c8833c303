using System.Text.Json.Nodes;

namespace Homelab.Engine.Lab.Telegram;

/// <summary>A message as somebody who looks at the chat sees it.</summary>
internal sealed record SimulatedMessage
{
    public required long Id { get; init; }

    public required long Chat { get; init; }

    /// <summary>The bot's own is 0.</summary>
    public long From { get; init; }

    public required string Text { get; init; }

    public IReadOnlyList<IReadOnlyList<SimulatedButton>> Buttons { get; init; } = [];

    public bool ForceReply { get; init; }

    public long? ReplyTo { get; init; }

    public bool Silent { get; init; }

    public string? File { get; init; }

    public int Edits { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    public SimulatedButton? Button(string label) => Buttons.SelectMany(line => line).FirstOrDefault(button => button.Label.Contains(label, StringComparison.OrdinalIgnoreCase));

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["message_id"] = Id,
            ["date"] = SentAt.ToUnixTimeSeconds(),
            ["chat"] = TelegramSimulator.ChatJson(Chat),
            ["from"] = TelegramSimulator.PersonJson(From),
        };
        if (File is null)
            json["text"] = Text;
        else
            json["document"] = new JsonObject { ["file_id"] = $"file{Id}", ["file_unique_id"] = $"u{Id}", ["file_name"] = File };
        if (Buttons.Count > 0)
            json["reply_markup"] = new JsonObject
            {
                ["inline_keyboard"] = new JsonArray([.. Buttons.Select(line => (JsonNode)new JsonArray([.. line.Select(button => (JsonNode)new JsonObject { ["text"] = button.Label, ["callback_data"] = button.Data })]))]),
            };
        return json;
    }
}

internal sealed record SimulatedButton(string Label, string Data);

/// <summary>A press, and what the bot said to it.</summary>
internal sealed record SimulatedPress(string Id, DateTimeOffset At)
{
    public bool Answered { get; set; }

    public string? Text { get; set; }

    public bool Alert { get; set; }
}

/// <summary>What goes wrong with a request.</summary>
internal enum TelegramFault
{
    /// <summary>The network is lost before it is read.</summary>
    LostBefore,

    /// <summary>It is done, and the network is lost before the answer is.</summary>
    LostAfter,

    /// <summary>A proxy answers instead.</summary>
    BadGateway,

    TooMany,
}
