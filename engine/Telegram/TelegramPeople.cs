using System.Globalization;
using Homelab.Engine.Notifications;
using Homelab.Engine.SignIn;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Telegram;

/// <summary>Who may speak with the bot, and who is told what.</summary>
internal sealed class TelegramPeople(IOptions<TelegramSettings> settings, UserStore users, NotificationChoices choices)
{
    /// <summary>Null: a stranger, or in a chat that is not ours, or somebody whose user is gone. They get nothing, not even a no.</summary>
    public async Task<User?> FindAsync(long person, long chat, CancellationToken cancellationToken) =>
        (chat == person || settings.Value.Chats.Contains(chat))
        && settings.Value.Users.TryGetValue(person.ToString(CultureInfo.InvariantCulture), out var name)
        && await users.FindByNameAsync(name, cancellationToken) is { Disabled: false } user
            ? user
            : null;

    /// <summary>The chat of a user with the bot; null when the settings name none.</summary>
    public long? ChatOf(string userName) => settings.Value.Users.FirstOrDefault(entry => User.Normalise(entry.Value) == User.Normalise(userName)) is { Key: { } id } && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var chat) ? chat : null;

    /// <summary>What somebody is told by Telegram who chose nothing: everything in a group where there is one, otherwise in the own chat.</summary>
    public NotificationChoice Default => settings.Value.Chats.Count > 0
        ? NotificationChoice.Nothing("telegram")
        : new NotificationChoice { Channel = "telegram", Weekly = false, Monthly = false };

    /// <summary>Groups, which are told everything, and people by their choice.</summary>
    public async Task<IReadOnlyList<TelegramReceiver>> ReceiversAsync(CancellationToken cancellationToken)
    {
        if (!settings.Value.IsOn)
            return [];
        List<TelegramReceiver> receivers = [.. settings.Value.Chats.Select(chat => new TelegramReceiver(chat, null, new NotificationChoice { Channel = "telegram", Weekly = false, Monthly = false }))];
        var chosen = (await choices.ByChannelAsync("telegram", cancellationToken)).ToDictionary(choice => choice.UserId);
        foreach (var (id, name) in settings.Value.Users)
        {
            if (await users.FindByNameAsync(name, cancellationToken) is { Disabled: false } user)
                receivers.Add(new TelegramReceiver(long.Parse(id, CultureInfo.InvariantCulture), user, chosen.GetValueOrDefault(user.Id, Default)));
        }

        return receivers;
    }
}

/// <param name="User">Null for a group.</param>
internal sealed record TelegramReceiver(long Chat, User? User, NotificationChoice Choice);
