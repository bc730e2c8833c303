using Homelab.Engine.Storage;

namespace Homelab.Engine.Notifications;

/// <summary>What one person wants to be told over one channel.</summary>
internal sealed record NotificationChoice
{
    public static IReadOnlyList<string> Channels { get; } = ["telegram", "email", "discord", "ntfy"];

    /// <summary>Each one at once, the critical ones, gathered with the daily report, or nothing.</summary>
    public static IReadOnlyList<string> Wishes { get; } = ["each", "critical", "summary", "none"];

    public string UserId { get; init; } = "";

    public required string Channel { get; init; }

    /// <summary>An e-mail address, a topic of ntfy, a Discord connection's name; Telegram knows the person by its settings.</summary>
    public string Address { get; init; } = "";

    /// <summary>What waits for an answer: each, critical or none.</summary>
    public string Questions { get; init; } = "each";

    public string Before { get; init; } = "each";

    public string After { get; init; } = "each";

    public string Alerts { get; init; } = "each";

    public bool Daily { get; init; } = true;

    public bool Weekly { get; init; } = true;

    public bool Monthly { get; init; } = true;

    /// <summary>Nothing at all: what a channel that nobody chose says.</summary>
    public static NotificationChoice Nothing(string channel) =>
        new() { Channel = channel, Questions = "none", Before = "none", After = "none", Alerts = "none", Daily = false, Weekly = false, Monthly = false };

    /// <param name="kind">As a notice's; "ask" for a question.</param>
    public Wish WishFor(string kind, string severity) => (kind switch { "ask" => Questions, "before" => Before, "after" => After, _ => Alerts }) switch
    {
        "each" => Wish.Now,
        "critical" => severity == "critical" ? Wish.Now : Wish.Nothing,
        "summary" => severity == "critical" ? Wish.Now : Wish.Gathered,
        _ => Wish.Nothing,
    };

    public bool WantsReport(string kind) => kind switch { "daily" => Daily, "weekly" => Weekly, "monthly" => Monthly, _ => false };
}

internal enum Wish
{
    Nothing,
    Now,
    Gathered,
}

/// <summary>The choices of all people.</summary>
internal sealed class NotificationChoices(Database database)
{
    private const string Columns =
        """
        notification_choices.user_id AS UserId, channel AS Channel, address AS Address, questions AS Questions, before_action AS BeforeAction, after_action AS AfterAction, alerts AS Alerts,
        daily AS Daily, weekly AS Weekly, monthly AS Monthly
        """;

    /// <summary>Of people who may sign in.</summary>
    public Task<IReadOnlyList<NotificationChoice>> ByChannelAsync(string channel, CancellationToken cancellationToken) =>
        ListAsync("JOIN users ON users.id = notification_choices.user_id AND users.disabled = 0 WHERE channel = @value", channel, cancellationToken);

    public Task<IReadOnlyList<NotificationChoice>> OfAsync(string userId, CancellationToken cancellationToken) => ListAsync("WHERE notification_choices.user_id = @value", userId, cancellationToken);

    public Task SetAsync(string userId, IReadOnlyList<NotificationChoice> choices, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("DELETE FROM notification_choices WHERE user_id = @userId", new { userId }, cancellationToken);
            foreach (var choice in choices)
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO notification_choices (user_id, channel, address, questions, before_action, after_action, alerts, daily, weekly, monthly)
                    VALUES (@userId, @Channel, @Address, @Questions, @Before, @After, @Alerts, @daily, @weekly, @monthly)
                    """,
                    new
                    {
                        userId,
                        choice.Channel,
                        choice.Address,
                        choice.Questions,
                        choice.Before,
                        choice.After,
                        choice.Alerts,
                        daily = choice.Daily ? 1 : 0,
                        weekly = choice.Weekly ? 1 : 0,
                        monthly = choice.Monthly ? 1 : 0,
                    },
                    cancellationToken);
            }
        },
        cancellationToken);

    private async Task<IReadOnlyList<NotificationChoice>> ListAsync(string where, string value, CancellationToken cancellationToken) => await database.ReadAsync(
        async session => (await session.QueryAsync<Row>($"SELECT {Columns} FROM notification_choices {where} ORDER BY channel", new { value }, cancellationToken)).Select(row => row.ToChoice()).ToList(),
        cancellationToken);

    private sealed record Row
    {
        public string UserId { get; init; } = "";

        public string Channel { get; init; } = "";

        public string Address { get; init; } = "";

        public string Questions { get; init; } = "";

        public string BeforeAction { get; init; } = "";

        public string AfterAction { get; init; } = "";

        public string Alerts { get; init; } = "";

        public long Daily { get; init; }

        public long Weekly { get; init; }

        public long Monthly { get; init; }

        public NotificationChoice ToChoice() => new()
        {
            UserId = UserId,
            Channel = Channel,
            Address = Address,
            Questions = Questions,
            Before = BeforeAction,
            After = AfterAction,
            Alerts = Alerts,
            Daily = Daily != 0,
            Weekly = Weekly != 0,
            Monthly = Monthly != 0,
        };
    }
}
