using System.Text.Json;

namespace Homelab.Engine.Telegram;

/// <summary>What a message is to show.</summary>
internal sealed record CardContent
{
    /// <summary>What stands over the lines, and may change while they stay.</summary>
    public string? Head { get; init; }

    /// <summary>HTML, each line with its tags closed.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    public IReadOnlyList<IReadOnlyList<CardButton>> Buttons { get; init; } = [];

    /// <summary>Without a sound.</summary>
    public bool Silent { get; init; }

    /// <summary>The person is asked to reply to it; shown in the field to write in.</summary>
    public string? AsksFor { get; init; }

    /// <summary>Sent as a file of this name; the lines are its text.</summary>
    public string? File { get; init; }

    /// <summary>It is over: the message is taken away.</summary>
    public bool Gone { get; init; }

    /// <summary>What the lines tell of, where each is told once.</summary>
    public IReadOnlyList<string> Told { get; init; } = [];

    public static CardContent Of(params IReadOnlyList<string> lines) => new() { Lines = lines };

    public IReadOnlyList<string> Shown() => Head is { } head ? [head, .. Lines] : Lines;

    public string ToJson() => JsonSerializer.Serialize(this, TelegramUpdate.Json);

    public static CardContent Read(string json) => JsonSerializer.Deserialize<CardContent>(json, TelegramUpdate.Json) ?? new CardContent();
}

/// <param name="Action">See <see cref="TelegramPresses"/>.</param>
/// <param name="Argument">What it is done with.</param>
internal sealed record CardButton(string Label, string Action, string Argument);

/// <summary>A message as it is stored.</summary>
internal sealed record CardRow
{
    public string Subject { get; init; } = "";

    public long Chat { get; init; }

    public long? MessageId { get; init; }

    /// <summary>One conversation: later messages answer the first.</summary>
    public string? Thread { get; init; }

    /// <summary>What it shows, while that may still change: <c>approval:ID</c>, <c>run:ID</c>.</summary>
    public string? Follow { get; init; }

    public string Content { get; init; } = "{}";

    public long Version { get; init; }

    public long Shown { get; init; }

    public long Repost { get; init; }

    public long UpdatedAt { get; init; }

    public long ClaimedUntil { get; init; }

    public long NextTryAt { get; init; }

    public long Tries { get; init; }

    public string? Problem { get; init; }
}
