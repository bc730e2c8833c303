namespace Homelab.Engine.Controls;

/// <summary>
/// Whether files may have changed since they were asked about last: by name, time and size, and now and then in any case, for a copy that keeps both. Asked before they are read, so
/// that an edit in between is seen at the next look. Not thread-safe.
/// </summary>
internal sealed class FileStamps
{
    /// <summary>Looks in a row that may say no.</summary>
    private const int Unread = 120;

    private string? _seen;
    private int _looks;

    /// <summary>What cannot be listed or looked at may have changed: who reads it says what is wrong.</summary>
    public bool MayDiffer(Func<IEnumerable<string>> paths)
    {
        string? stamps;
        try
        {
            stamps = string.Join('\n', paths().Order(StringComparer.Ordinal).Select(path => new FileInfo(path)).Select(file => file.Exists ? $"{file.FullName} {file.LastWriteTimeUtc.Ticks} {file.Length}" : file.FullName));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            stamps = null;
        }

        if (stamps is not null && stamps == _seen && ++_looks <= Unread)
            return false;
        (_seen, _looks) = (stamps, 0);
        return true;
    }
}
