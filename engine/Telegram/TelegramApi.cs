using System.Security.Cryptography;
using System.Text;
using Homelab.Activities.Telegram;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Telegram;

/// <summary>Where Telegram sends updates, for who prefers that to asking.</summary>
internal static class TelegramApi
{
    private const string Header = "X-Telegram-Bot-Api-Secret-Token";
    private const int MostBytes = 1 << 20;

    public static IEndpointRouteBuilder MapTelegram(this IEndpointRouteBuilder api)
    {
        api.MapPost("/telegram/webhook", ReceiveAsync).AllowAnonymous().ExcludeFromDescription();
        return api;
    }

    /// <summary>200 once it is stored: until then Telegram sends it again.</summary>
    private static async Task<Results<Ok, NotFound, UnauthorizedHttpResult, BadRequest>> ReceiveAsync(
        HttpContext context, IOptions<TelegramSettings> settings, TelegramBotApi bot, TelegramInbox inbox, TelegramUpdates updates, CancellationToken cancellationToken)
    {
        if (!settings.Value.IsOn || !settings.Value.IsWebhook)
            return TypedResults.NotFound();
        var secret = await bot.WebhookSecretAsync(settings.Value.Connection, cancellationToken);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(context.Request.Headers[Header].ToString()), Encoding.UTF8.GetBytes(secret)))
            return TypedResults.Unauthorized();
        using var read = new MemoryStream();
        var buffer = new byte[16 << 10];
        int count;
        while ((count = await context.Request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            read.Write(buffer, 0, count);
            if (read.Length > MostBytes)
                return TypedResults.BadRequest();
        }

        var body = Encoding.UTF8.GetString(read.ToArray());
        if (TelegramUpdate.Read(body) is not { } update)
            return TypedResults.BadRequest();
        await inbox.StoreAsync(settings.Value.Connection, [(update.UpdateId, body)], cancellationToken);
        updates.Wake();
        return TypedResults.Ok();
    }
}
