<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>App</name>
        <message>
            <source>Archived. A new message brings it back.</source>
            <translation>Archiviert. Eine neue Nachricht holt es zurück.</translation>
        </message>
        <message>
            <source>Choose a picture</source>
            <translation>Bild wählen</translation>
        </message>
        <message>
            <source>Forwarded to {name}</source>
            <translation>Weitergeleitet an {name}</translation>
        </message>
        <message>
            <source>Nobody was added</source>
            <translation>Niemand wurde hinzugefügt</translation>
        </message>
        <message>
            <source>Nobody was blocked</source>
            <translation>Niemand wurde blockiert</translation>
        </message>
        <message>
            <source>Nobody was removed</source>
            <translation>Niemand wurde entfernt</translation>
        </message>
        <message>
            <source>Nobody was unblocked</source>
            <translation>Niemand wurde freigegeben</translation>
        </message>
        <message>
            <source>Pictures (*.png *.jpg *.jpeg *.gif *.webp *.bmp)</source>
            <translation>Bilder (*.png *.jpg *.jpeg *.gif *.webp *.bmp)</translation>
        </message>
        <message>
            <source>Save file</source>
            <translation>Datei speichern</translation>
        </message>
        <message>
            <source>Saved as {name}</source>
            <translation>Gespeichert als {name}</translation>
        </message>
        <message>
            <source>That day could not be looked for</source>
            <translation>Der Tag ließ sich nicht suchen</translation>
        </message>
        <message>
            <source>That did not work</source>
            <translation>Das hat nicht geklappt</translation>
        </message>
        <message>
            <source>The conversation could not be opened</source>
            <translation>Die Unterhaltung konnte nicht geöffnet werden</translation>
        </message>
        <message>
            <source>The conversation was not changed</source>
            <translation>Die Unterhaltung wurde nicht geändert</translation>
        </message>
        <message>
            <source>The device was not signed out</source>
            <translation>Das Gerät wurde nicht abgemeldet</translation>
        </message>
        <message>
            <source>The disk is full: new messages are shown, but not kept for reading offline.</source>
            <translation>Die Festplatte ist voll: Neue Nachrichten erscheinen, sind offline aber nicht zu lesen.</translation>
        </message>
        <message>
            <source>The disk refused to keep what you wrote. It is not sent: free some space, then Retry.</source>
            <translation>Die Festplatte nimmt nicht an, was du geschrieben hast. Es ist nicht gesendet: Schaffe Platz, dann „Erneut senden“.</translation>
        </message>
        <message>
            <source>The draft could not be saved</source>
            <translation>Der Entwurf konnte nicht gespeichert werden</translation>
        </message>
        <message>
            <source>The file could not be saved</source>
            <translation>Die Datei konnte nicht gespeichert werden</translation>
        </message>
        <message>
            <source>The group could not be made</source>
            <translation>Die Gruppe konnte nicht angelegt werden</translation>
        </message>
        <message>
            <source>The list could not be fetched</source>
            <translation>Die Liste ließ sich nicht holen</translation>
        </message>
        <message>
            <source>The local copy of your messages was damaged and is fetched anew.</source>
            <translation>Die Kopie deiner Nachrichten auf diesem Gerät war beschädigt und wird neu geladen.</translation>
        </message>
        <message>
            <source>The members could not be listed</source>
            <translation>Die Mitglieder konnten nicht geladen werden</translation>
        </message>
        <message>
            <source>The message was not changed</source>
            <translation>Die Nachricht wurde nicht geändert</translation>
        </message>
        <message>
            <source>The message was not deleted</source>
            <translation>Die Nachricht wurde nicht gelöscht</translation>
        </message>
        <message>
            <source>The message was not pinned</source>
            <translation>Die Nachricht wurde nicht angeheftet</translation>
        </message>
        <message>
            <source>The name was not changed</source>
            <translation>Der Name wurde nicht geändert</translation>
        </message>
        <message>
            <source>The picture was not changed</source>
            <translation>Das Bild wurde nicht geändert</translation>
        </message>
        <message>
            <source>The pin was not taken away</source>
            <translation>Die Nachricht blieb angeheftet</translation>
        </message>
        <message>
            <source>The role was not changed</source>
            <translation>Die Rolle wurde nicht geändert</translation>
        </message>
        <message>
            <source>The server cannot be asked now: only people known here are shown.</source>
            <translation>Der Server ist gerade nicht erreichbar: Hier stehen nur Leute, die dieses Gerät kennt.</translation>
        </message>
        <message>
            <source>What new members see was not changed</source>
            <translation>Was neue Mitglieder sehen, wurde nicht geändert</translation>
        </message>
        <message>
            <source>You are still in the group</source>
            <translation>Du bist noch in der Gruppe</translation>
        </message>
        <message>
            <source>Your password was not changed</source>
            <translation>Dein Passwort wurde nicht geändert</translation>
        </message>
        <message>
            <source>Your profile was not changed</source>
            <translation>Dein Profil wurde nicht geändert</translation>
        </message>
        <message>
            <source>Your reaction was not added</source>
            <translation>Deine Reaktion wurde nicht hinzugefügt</translation>
        </message>
        <message>
            <source>it is not there any more.</source>
            <translation>es ist nicht mehr da.</translation>
        </message>
        <message>
            <source>somebody deleted it.</source>
            <translation>jemand hat es gelöscht.</translation>
        </message>
        <message>
            <source>something unexpected happened.</source>
            <translation>etwas Unerwartetes ist geschehen.</translation>
        </message>
        <message>
            <source>that file is no picture that can be read.</source>
            <translation>diese Datei ist kein lesbares Bild.</translation>
        </message>
        <message>
            <source>the disk refused. Is it full?</source>
            <translation>die Festplatte nimmt nichts an. Ist sie voll?</translation>
        </message>
        <message>
            <source>the server does not allow it.</source>
            <translation>der Server erlaubt es nicht.</translation>
        </message>
        <message>
            <source>the server refused it.</source>
            <translation>der Server hat es abgelehnt.</translation>
        </message>
        <message>
            <source>there is no connection.</source>
            <translation>es gibt keine Verbindung.</translation>
        </message>
        <message>
            <source>{tried}: {why}</source>
            <translation>{tried}: {why}</translation>
        </message>
    </context>
    <context>
        <name>Banner</name>
        <message>
            <source>A firewall or proxy on this network blocks the connection.</source>
            <translation>Eine Firewall oder ein Proxy in diesem Netz blockiert die Verbindung.</translation>
        </message>
        <message>
            <source>Compare…</source>
            <translation>Vergleichen …</translation>
        </message>
        <message>
            <source>Connected</source>
            <translation>Verbunden</translation>
        </message>
        <message>
            <source>Connecting…</source>
            <translation>Verbinde …</translation>
        </message>
        <message>
            <source>Connection lost after {n} attempts</source>
            <translation>Verbindung nach {n} Versuchen verloren</translation>
        </message>
        <message>
            <source>Disconnected</source>
            <translation>Getrennt</translation>
        </message>
        <message>
            <source>Disconnected, next try in {s} s</source>
            <translation>Getrennt, nächster Versuch in {s} s</translation>
        </message>
        <message>
            <source>No encrypted connection to the server can be made.</source>
            <translation>Mit dem Server kommt keine verschlüsselte Verbindung zustande.</translation>
        </message>
        <message>
            <source>Nobody vouches for the server’s certificate.</source>
            <translation>Niemand bürgt für das Zertifikat des Servers.</translation>
        </message>
        <message>
            <source>Reconnecting, attempt {n}</source>
            <translation>Neue Verbindung, Versuch {n}</translation>
        </message>
        <message>
            <source>Reconnecting… (attempt {n})</source>
            <translation>Verbinde neu … (Versuch {n})</translation>
        </message>
        <message>
            <source>Reconnecting… (attempt {n}), next try in {s} s</source>
            <translation>Verbinde neu … (Versuch {n}), nächster in {s} s</translation>
        </message>
        <message>
            <source>Reconnecting… (attempt {n}), {s} s</source>
            <translation>Verbinde neu … (Versuch {n}), {s} s</translation>
        </message>
        <message>
            <source>Retry now</source>
            <translation>Jetzt versuchen</translation>
        </message>
        <message>
            <source>Shown {now}, nothing is sent</source>
            <translation>Gezeigt: {now}, nichts wird gesendet</translation>
        </message>
        <message>
            <source>Sign in again</source>
            <translation>Neu anmelden</translation>
        </message>
        <message>
            <source>Signed out for your safety: this sign-in was used in two places.</source>
            <translation>Zu deiner Sicherheit abgemeldet: Diese Anmeldung wurde an zwei Orten benutzt.</translation>
        </message>
        <message>
            <source>Slow connection</source>
            <translation>Langsame Verbindung</translation>
        </message>
        <message>
            <source>Slow connection, {ms} ms</source>
            <translation>Langsame Verbindung, {ms} ms</translation>
        </message>
        <message>
            <source>The server cannot be reached.</source>
            <translation>Der Server ist nicht erreichbar.</translation>
        </message>
        <message>
            <source>The server does not answer.</source>
            <translation>Der Server antwortet nicht.</translation>
        </message>
        <message>
            <source>The server is busy.</source>
            <translation>Der Server ist ausgelastet.</translation>
        </message>
        <message>
            <source>The server is restarting</source>
            <translation>Der Server startet neu</translation>
        </message>
        <message>
            <source>The server is restarting, next try in {s} s</source>
            <translation>Der Server startet neu, nächster Versuch in {s} s</translation>
        </message>
        <message>
            <source>The server refused the connection.</source>
            <translation>Der Server hat die Verbindung abgelehnt.</translation>
        </message>
        <message>
            <source>The server sends more than it should.</source>
            <translation>Der Server sendet mehr, als er soll.</translation>
        </message>
        <message>
            <source>The server’s certificate cannot be trusted.</source>
            <translation>Dem Zertifikat des Servers ist nicht zu trauen.</translation>
        </message>
        <message>
            <source>The server’s certificate changed.</source>
            <translation>Das Zertifikat des Servers hat sich geändert.</translation>
        </message>
        <message>
            <source>The server’s name is not known on this network.</source>
            <translation>Der Name des Servers ist in diesem Netz nicht bekannt.</translation>
        </message>
        <message>
            <source>The system’s keyring, which keeps your sign-in, is locked.</source>
            <translation>Der Schlüsselbund des Systems, der deine Anmeldung verwahrt, ist gesperrt.</translation>
        </message>
        <message>
            <source>This app and the server do not match: update the older one.</source>
            <translation>App und Server passen nicht zusammen: Aktualisiere den älteren Teil.</translation>
        </message>
        <message>
            <source>This device was signed out from somewhere else.</source>
            <translation>Dieses Gerät wurde von anderswo abgemeldet.</translation>
        </message>
        <message>
            <source>Trusted {trusted}, shown {now}, nothing is sent</source>
            <translation>Vertraut: {trusted}, gezeigt: {now}, nichts wird gesendet</translation>
        </message>
        <message>
            <source>Trying now…</source>
            <translation>Versuche es …</translation>
        </message>
        <message>
            <source>What answers at this address is not a Chinwag server.</source>
            <translation>Was an dieser Adresse antwortet, ist kein Chinwag-Server.</translation>
        </message>
        <message>
            <source>You are offline. Messages you write are kept and sent later.</source>
            <translation>Du bist offline. Was du schreibst, wird aufbewahrt und später gesendet.</translation>
        </message>
        <message>
            <source>Your account is disabled. Ask whoever runs this server.</source>
            <translation>Dein Konto ist gesperrt. Frage, wer diesen Server betreibt.</translation>
        </message>
        <message>
            <source>Your password was changed. Sign in with the new one.</source>
            <translation>Dein Passwort wurde geändert. Melde dich mit dem neuen an.</translation>
        </message>
        <message>
            <source>Your sign-in has run out.</source>
            <translation>Deine Anmeldung ist abgelaufen.</translation>
        </message>
    </context>
    <context>
        <name>Blocks</name>
        <message>
            <source>Blocked people</source>
            <translation>Blockierte</translation>
        </message>
        <message>
            <source>You block nobody. It is done on the profile of a person.</source>
            <translation>Du blockierst niemanden. Das geht auf dem Profil einer Person.</translation>
        </message>
    </context>
    <context>
        <name>Certificate</name>
        <message>
            <source>An authority that this computer trusts vouches for the new one.</source>
            <translation>Für das neue bürgt eine Stelle, der dieser Computer vertraut.</translation>
        </message>
        <message>
            <source>Connect to this server</source>
            <translation>Mit diesem Server verbinden</translation>
        </message>
        <message>
            <source>Fingerprint
(SHA-256)</source>
            <translation>Fingerabdruck
(SHA-256)</translation>
        </message>
        <message>
            <source>If they differ, somebody may be reading along.</source>
            <translation>Weichen sie ab, liest vielleicht jemand mit.</translation>
        </message>
        <message>
            <source>Is this your server?</source>
            <translation>Ist das dein Server?</translation>
        </message>
        <message>
            <source>Nobody whom this computer trusts vouches for {host}. That is usual where a team hosts its own server.</source>
            <translation>Niemand, dem dieser Computer vertraut, bürgt für {host}. Das ist üblich, wo ein Team seinen Server selbst betreibt.</translation>
        </message>
        <message>
            <source>Shown
now</source>
            <translation>Jetzt
gezeigt</translation>
        </message>
        <message>
            <source>The certificate of {host} cannot be checked.</source>
            <translation>Das Zertifikat von {host} lässt sich nicht prüfen.</translation>
        </message>
        <message>
            <source>The certificate of {host} has run out, or this computer’s clock is wrong.</source>
            <translation>Das Zertifikat von {host} ist abgelaufen, oder die Uhr dieses Computers geht falsch.</translation>
        </message>
        <message>
            <source>The certificate of {host} is made out to another name.</source>
            <translation>Das Zertifikat von {host} ist auf einen anderen Namen ausgestellt.</translation>
        </message>
        <message>
            <source>The certificate of {host} is not valid yet, or this computer’s clock is wrong.</source>
            <translation>Das Zertifikat von {host} gilt noch nicht, oder die Uhr dieses Computers geht falsch.</translation>
        </message>
        <message>
            <source>The server’s certificate has changed</source>
            <translation>Das Zertifikat des Servers hat sich geändert</translation>
        </message>
        <message>
            <source>Trust the new certificate</source>
            <translation>Dem neuen Zertifikat vertrauen</translation>
        </message>
        <message>
            <source>Trusted
so far</source>
            <translation>Bisher
vertraut</translation>
        </message>
        <message>
            <source>{doubt} Ask whoever runs it for its fingerprint, and compare:</source>
            <translation>{doubt} Frage, wer ihn betreibt, nach dem Fingerabdruck, und vergleiche:</translation>
        </message>
        <message>
            <source>{host} shows another certificate than the one you trust. Whoever runs it may have made a new one, or somebody may be reading along: ask them, and compare.</source>
            <translation>{host} zeigt ein anderes Zertifikat als das, dem du vertraust. Vielleicht hat der Betreiber ein neues gemacht, vielleicht liest jemand mit: Frage nach, und vergleiche.</translation>
        </message>
    </context>
    <context>
        <name>Choice</name>
        <message>
            <source>{label}: {chosen}</source>
            <translation>{label}: {chosen}</translation>
        </message>
    </context>
    <context>
        <name>Composer</name>
        <message>
            <source>A message takes {n} files at most.</source>
            <translation>Eine Nachricht nimmt höchstens {n} Dateien auf.</translation>
        </message>
        <message>
            <source>A message that was sent takes no more files.</source>
            <translation>Eine gesendete Nachricht nimmt keine Dateien mehr auf.</translation>
        </message>
        <message>
            <source>All files (*)</source>
            <translation>Alle Dateien (*)</translation>
        </message>
        <message>
            <source>Attach files</source>
            <translation>Dateien anhängen</translation>
        </message>
        <message>
            <source>Do not reply (Escape)</source>
            <translation>Nicht antworten (Escape)</translation>
        </message>
        <message>
            <source>Drop to attach</source>
            <translation>Zum Anhängen loslassen</translation>
        </message>
        <message>
            <source>Edit message</source>
            <translation>Nachricht bearbeiten</translation>
        </message>
        <message>
            <source>Emoji (Ctrl+Shift+E)</source>
            <translation>Emoji (Strg+Umschalt+E)</translation>
        </message>
        <message>
            <source>Leave it as it was (Escape)</source>
            <translation>So lassen, wie es war (Escape)</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>Schreiben</translation>
        </message>
        <message>
            <source>Pictures (*.png *.jpg *.jpeg *.gif *.webp)</source>
            <translation>Bilder (*.png *.jpg *.jpeg *.gif *.webp)</translation>
        </message>
        <message>
            <source>Remove {name}</source>
            <translation>{name} entfernen</translation>
        </message>
        <message>
            <source>Reply to {name}</source>
            <translation>Antwort an {name}</translation>
        </message>
        <message>
            <source>Save (Enter)</source>
            <translation>Speichern (Enter)</translation>
        </message>
        <message>
            <source>Send (Enter)</source>
            <translation>Senden (Enter)</translation>
        </message>
        <message>
            <source>The text is too long by {n} characters.</source>
            <translation>Der Text ist um {n} Zeichen zu lang.</translation>
        </message>
        <message>
            <source>This cannot be attached: it is not a file that can be read.</source>
            <translation>Das lässt sich nicht anhängen: Es ist keine lesbare Datei.</translation>
        </message>
        <message>
            <source>Write a message</source>
            <translation>Nachricht schreiben</translation>
        </message>
        <message>
            <source>{name} is too large for this server.</source>
            <translation>{name} ist zu groß für diesen Server.</translation>
        </message>
        <message>
            <source>{n} left</source>
            <translation>noch {n}</translation>
        </message>
        <message>
            <source>{n} too many</source>
            <translation>{n} zu viel</translation>
        </message>
    </context>
    <context>
        <name>Connection</name>
        <message>
            <source>Attempts</source>
            <translation>Versuche</translation>
        </message>
        <message>
            <source>Broken off</source>
            <translation>Abgebrochen</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>Connected over</source>
            <translation>Verbunden über</translation>
        </message>
        <message>
            <source>Connected. Messages go out at once.</source>
            <translation>Verbunden. Nachrichten gehen sofort hinaus.</translation>
        </message>
        <message>
            <source>Connection</source>
            <translation>Verbindung</translation>
        </message>
        <message>
            <source>Copy report</source>
            <translation>Bericht kopieren</translation>
        </message>
        <message>
            <source>HTTP polling</source>
            <translation>HTTP-Abfragen</translation>
        </message>
        <message>
            <source>Last end</source>
            <translation>Letztes Ende</translation>
        </message>
        <message>
            <source>No round trip measured yet</source>
            <translation>Noch keine Laufzeit gemessen</translation>
        </message>
        <message>
            <source>Not connected.</source>
            <translation>Nicht verbunden.</translation>
        </message>
        <message>
            <source>Nothing measured yet</source>
            <translation>Noch nichts gemessen</translation>
        </message>
        <message>
            <source>Reachable in the last 7 days</source>
            <translation>Erreichbar in den letzten 7 Tagen</translation>
        </message>
        <message>
            <source>Reachable since the start</source>
            <translation>Erreichbar seit dem Start</translation>
        </message>
        <message>
            <source>Retry now</source>
            <translation>Jetzt versuchen</translation>
        </message>
        <message>
            <source>Round trips of the last hour, the last one {last} ms, the longest {most} ms</source>
            <translation>Laufzeiten der letzten Stunde, die letzte {last} ms, die längste {most} ms</translation>
        </message>
        <message>
            <source>Round trips of the last hour: {n}, the median {mid} ms, the longest {most} ms</source>
            <translation>Umlaufzeiten der letzten Stunde: {n}, im Median {mid} ms, längstens {most} ms</translation>
        </message>
        <message>
            <source>Sent and received</source>
            <translation>Gesendet und empfangen</translation>
        </message>
        <message>
            <source>Server</source>
            <translation>Server</translation>
        </message>
        <message>
            <source>This connection</source>
            <translation>Diese Verbindung</translation>
        </message>
        <message>
            <source>an error on the way</source>
            <translation>ein Fehler unterwegs</translation>
        </message>
        <message>
            <source>it broke off</source>
            <translation>sie brach ab</translation>
        </message>
        <message>
            <source>last hour, at most {ms} ms</source>
            <translation>letzte Stunde, höchstens {ms} ms</translation>
        </message>
        <message>
            <source>last {ms} ms</source>
            <translation>zuletzt {ms} ms</translation>
        </message>
        <message>
            <source>now {ms} ms</source>
            <translation>jetzt {ms} ms</translation>
        </message>
        <message>
            <source>once</source>
            <translation>einmal</translation>
        </message>
        <message>
            <source>the network dropped it</source>
            <translation>das Netz hat sie verloren</translation>
        </message>
        <message>
            <source>the server ended it</source>
            <translation>der Server hat sie beendet</translation>
        </message>
        <message>
            <source>the server stopped answering</source>
            <translation>der Server antwortete nicht mehr</translation>
        </message>
        <message>
            <source>this app ended it</source>
            <translation>diese App hat sie beendet</translation>
        </message>
        <message>
            <source>{day}: not counted</source>
            <translation>{day}: nicht gezählt</translation>
        </message>
        <message>
            <source>{day}: {share}</source>
            <translation>{day}: {share}</translation>
        </message>
        <message>
            <source>{h} h {m} min</source>
            <translation>{h} Std. {m} Min.</translation>
        </message>
        <message>
            <source>{m} min</source>
            <translation>{m} Min.</translation>
        </message>
        <message>
            <source>{n} times</source>
            <translation>{n}-mal</translation>
        </message>
        <message>
            <source>{n}, {ok} succeeded</source>
            <translation>{n}, {ok} erfolgreich</translation>
        </message>
        <message>
            <source>{s} s</source>
            <translation>{s} s</translation>
        </message>
    </context>
    <context>
        <name>Conversations</name>
        <message numerus="yes">
            <source>%n unread message(s)</source>
            <translation>
                <numerusform>%n ungelesene Nachricht</numerusform>
                <numerusform>%n ungelesene Nachrichten</numerusform>
            </translation>
        </message>
        <message>
            <source>Conversation</source>
            <translation>Unterhaltung</translation>
        </message>
        <message>
            <source>File</source>
            <translation>Datei</translation>
        </message>
        <message>
            <source>Message deleted</source>
            <translation>Nachricht gelöscht</translation>
        </message>
        <message>
            <source>Picture</source>
            <translation>Bild</translation>
        </message>
        <message>
            <source>Voice message</source>
            <translation>Sprachnachricht</translation>
        </message>
        <message>
            <source>You</source>
            <translation>Du</translation>
        </message>
        <message>
            <source>archived</source>
            <translation>archiviert</translation>
        </message>
        <message>
            <source>draft: {text}</source>
            <translation>Entwurf: {text}</translation>
        </message>
        <message>
            <source>muted</source>
            <translation>stumm</translation>
        </message>
        <message>
            <source>pinned</source>
            <translation>angeheftet</translation>
        </message>
        <message>
            <source>you are mentioned</source>
            <translation>du bist gemeint</translation>
        </message>
    </context>
    <context>
        <name>Dates</name>
        <message>
            <source>Yesterday</source>
            <translation>Gestern</translation>
        </message>
        <message>
            <source>d MMM</source>
            <comment>date pattern</comment>
            <translation>d. MMM</translation>
        </message>
        <message>
            <source>d MMM yyyy</source>
            <comment>date pattern</comment>
            <translation>d. MMM yyyy</translation>
        </message>
        <message>
            <source>dddd, d MMMM</source>
            <comment>date pattern</comment>
            <translation>dddd, d. MMMM</translation>
        </message>
        <message>
            <source>dddd, d MMMM yyyy</source>
            <comment>date pattern</comment>
            <translation>dddd, d. MMMM yyyy</translation>
        </message>
        <message numerus="yes">
            <source>last seen %n minute(s) ago</source>
            <translation>
                <numerusform>zuletzt vor einer Minute da</numerusform>
                <numerusform>zuletzt vor %n Minuten da</numerusform>
            </translation>
        </message>
        <message>
            <source>last seen at {clock}</source>
            <translation>zuletzt um {clock} da</translation>
        </message>
        <message>
            <source>last seen just now</source>
            <translation>eben noch da</translation>
        </message>
        <message>
            <source>last seen on {date}</source>
            <translation>zuletzt am {date} da</translation>
        </message>
        <message>
            <source>last seen on {weekday}</source>
            <translation>zuletzt am {weekday} da</translation>
        </message>
        <message>
            <source>last seen yesterday at {clock}</source>
            <translation>zuletzt gestern um {clock} da</translation>
        </message>
        <message>
            <source>offline</source>
            <translation>offline</translation>
        </message>
    </context>
    <context>
        <name>Days</name>
        <message>
            <source>Go to a day</source>
            <translation>Zu einem Tag gehen</translation>
        </message>
        <message>
            <source>The month after</source>
            <translation>Der Monat danach</translation>
        </message>
        <message>
            <source>The month before</source>
            <translation>Der Monat davor</translation>
        </message>
    </context>
    <context>
        <name>Delivery</name>
        <message>
            <source>delivered</source>
            <translation>zugestellt</translation>
        </message>
        <message>
            <source>not sent</source>
            <translation>nicht gesendet</translation>
        </message>
        <message>
            <source>read</source>
            <translation>gelesen</translation>
        </message>
        <message>
            <source>sending</source>
            <translation>wird gesendet</translation>
        </message>
        <message>
            <source>sent</source>
            <translation>gesendet</translation>
        </message>
    </context>
    <context>
        <name>Devices</name>
        <message>
            <source>A device without a name</source>
            <translation>Ein Gerät ohne Namen</translation>
        </message>
        <message>
            <source>Last seen {when} · {address}</source>
            <translation>Zuletzt gesehen {when} · {address}</translation>
        </message>
        <message>
            <source>Sign out</source>
            <translation>Abmelden</translation>
        </message>
        <message>
            <source>Signed-in devices</source>
            <translation>Angemeldete Geräte</translation>
        </message>
        <message>
            <source>This device · {address}</source>
            <translation>Dieses Gerät · {address}</translation>
        </message>
        <message>
            <source>You are signed in nowhere.</source>
            <translation>Du bist nirgends angemeldet.</translation>
        </message>
    </context>
    <context>
        <name>Dialog</name>
        <message>
            <source>Cancel</source>
            <translation>Abbrechen</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>One moment…</source>
            <translation>Einen Moment…</translation>
        </message>
    </context>
    <context>
        <name>Emoji</name>
        <message>
            <source>Activities</source>
            <translation>Aktivitäten</translation>
        </message>
        <message>
            <source>Animals and nature</source>
            <translation>Tiere und Natur</translation>
        </message>
        <message>
            <source>Emoji</source>
            <translation>Emoji</translation>
        </message>
        <message>
            <source>Flags</source>
            <translation>Flaggen</translation>
        </message>
        <message>
            <source>Food and drink</source>
            <translation>Essen und Trinken</translation>
        </message>
        <message>
            <source>Found</source>
            <translation>Gefunden</translation>
        </message>
        <message>
            <source>No emoji has that name.</source>
            <translation>Kein Emoji heißt so.</translation>
        </message>
        <message>
            <source>Objects</source>
            <translation>Dinge</translation>
        </message>
        <message>
            <source>People and gestures</source>
            <translation>Leute und Gesten</translation>
        </message>
        <message>
            <source>Search emoji</source>
            <translation>Emoji suchen</translation>
        </message>
        <message>
            <source>Smileys and feelings</source>
            <translation>Smileys und Gefühle</translation>
        </message>
        <message>
            <source>Symbols</source>
            <translation>Symbole</translation>
        </message>
        <message>
            <source>Travel and places</source>
            <translation>Reisen und Orte</translation>
        </message>
        <message>
            <source>Used last</source>
            <translation>Zuletzt benutzt</translation>
        </message>
    </context>
    <context>
        <name>Failure</name>
        <message>
            <source>A file that belongs to it is gone.</source>
            <translation>Eine Datei, die dazugehört, ist weg.</translation>
        </message>
        <message>
            <source>It could not be saved: the disk is full or write-protected.</source>
            <translation>Sie konnte nicht gespeichert werden: Die Festplatte ist voll oder schreibgeschützt.</translation>
        </message>
        <message>
            <source>It is too large for this server.</source>
            <translation>Sie ist zu groß für diesen Server.</translation>
        </message>
        <message>
            <source>The server broke off each time it was sent.</source>
            <translation>Der Server brach jedes Mal ab, wenn sie gesendet wurde.</translation>
        </message>
        <message>
            <source>The server cannot accept a message like this.</source>
            <translation>Der Server kann eine solche Nachricht nicht annehmen.</translation>
        </message>
        <message>
            <source>The server refused it.</source>
            <translation>Der Server hat sie abgelehnt.</translation>
        </message>
        <message>
            <source>What it answers or forwards is gone.</source>
            <translation>Worauf sie antwortet oder was sie weiterleitet, ist weg.</translation>
        </message>
        <message>
            <source>You are no longer in this conversation.</source>
            <translation>Du bist nicht mehr in dieser Unterhaltung.</translation>
        </message>
        <message>
            <source>You may not write here.</source>
            <translation>Du darfst hier nicht schreiben.</translation>
        </message>
    </context>
    <context>
        <name>Field</name>
        <message>
            <source>Hide password</source>
            <translation>Passwort verbergen</translation>
        </message>
        <message>
            <source>Show password</source>
            <translation>Passwort zeigen</translation>
        </message>
    </context>
    <context>
        <name>Files</name>
        <message>
            <source>File</source>
            <translation>Datei</translation>
        </message>
        <message>
            <source>Voice message</source>
            <translation>Sprachnachricht</translation>
        </message>
        <message>
            <source>{n} bytes</source>
            <translation>{n} Bytes</translation>
        </message>
    </context>
    <context>
        <name>Filter</name>
        <message>
            <source>All</source>
            <translation>Alle</translation>
        </message>
        <message>
            <source>All conversations and people</source>
            <translation>Alle Gespräche und Leute</translation>
        </message>
        <message>
            <source>All read</source>
            <translation>Alles gelesen</translation>
        </message>
        <message>
            <source>Archive</source>
            <translation>Archiv</translation>
        </message>
        <message>
            <source>Archived conversations</source>
            <translation>Archivierte Gespräche</translation>
        </message>
        <message>
            <source>Conversations that mention you</source>
            <translation>Gespräche, die dich erwähnen</translation>
        </message>
        <message>
            <source>Conversations with unread messages</source>
            <translation>Gespräche mit Ungelesenem</translation>
        </message>
        <message>
            <source>Ctrl+Shift+A lists those that you have read.</source>
            <translation>Strg+Umschalt+A zeigt auch die gelesenen.</translation>
        </message>
        <message>
            <source>No unread mentions</source>
            <translation>Keine ungelesenen Erwähnungen</translation>
        </message>
        <message>
            <source>Nothing is waiting for you.</source>
            <translation>Nichts wartet auf dich.</translation>
        </message>
        <message>
            <source>The archive is empty</source>
            <translation>Das Archiv ist leer</translation>
        </message>
        <message>
            <source>Unread</source>
            <translation>Ungelesen</translation>
        </message>
        <message>
            <source>What you archive from its menu waits here.</source>
            <translation>Was du über sein Menü archivierst, wartet hier.</translation>
        </message>
    </context>
    <context>
        <name>Forward</name>
        <message>
            <source>Conversations</source>
            <translation>Unterhaltungen</translation>
        </message>
        <message>
            <source>Forward to…</source>
            <translation>Weiterleiten an …</translation>
        </message>
        <message>
            <source>No conversation has that name.</source>
            <translation>Keine Unterhaltung heißt so.</translation>
        </message>
        <message>
            <source>Search conversations</source>
            <translation>Unterhaltungen suchen</translation>
        </message>
        <message>
            <source>“{words}”</source>
            <translation>„{words}“</translation>
        </message>
    </context>
    <context>
        <name>Group</name>
        <message>
            <source>A group needs a name.</source>
            <translation>Eine Gruppe braucht einen Namen.</translation>
        </message>
        <message>
            <source>Add</source>
            <translation>Hinzufügen</translation>
        </message>
        <message>
            <source>Add people</source>
            <translation>Leute hinzufügen</translation>
        </message>
        <message>
            <source>Back</source>
            <translation>Zurück</translation>
        </message>
        <message>
            <source>Change the name</source>
            <translation>Namen ändern</translation>
        </message>
        <message>
            <source>Change the picture</source>
            <translation>Bild ändern</translation>
        </message>
        <message>
            <source>Choose a picture…</source>
            <translation>Bild wählen…</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>Group</source>
            <translation>Gruppe</translation>
        </message>
        <message>
            <source>Hand over</source>
            <translation>Übergeben</translation>
        </message>
        <message>
            <source>Hand the group over?</source>
            <translation>Die Gruppe übergeben?</translation>
        </message>
        <message>
            <source>Hand the group over…</source>
            <translation>Gruppe übergeben …</translation>
        </message>
        <message>
            <source>Its messages are removed from your devices and you hear no more of it. The others see that you left; one of them has to add you again if you want to come back.</source>
            <translation>Ihre Nachrichten verschwinden von deinen Geräten, und du hörst nichts mehr von ihr. Die anderen sehen, dass du gegangen bist; willst du zurück, muss dich jemand von ihnen wieder hinzufügen.</translation>
        </message>
        <message>
            <source>Leave</source>
            <translation>Verlassen</translation>
        </message>
        <message>
            <source>Leave group…</source>
            <translation>Gruppe verlassen …</translation>
        </message>
        <message>
            <source>Leave “{title}”?</source>
            <translation>„{title}“ verlassen?</translation>
        </message>
        <message>
            <source>Make a member</source>
            <translation>Zum Mitglied machen</translation>
        </message>
        <message>
            <source>Make an admin</source>
            <translation>Zum Admin machen</translation>
        </message>
        <message>
            <source>Members</source>
            <translation>Mitglieder</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>Nachricht schreiben</translation>
        </message>
        <message>
            <source>Name of the group</source>
            <translation>Name der Gruppe</translation>
        </message>
        <message>
            <source>New members see</source>
            <translation>Neue Mitglieder sehen</translation>
        </message>
        <message>
            <source>New members see {what}</source>
            <translation>Neue Mitglieder sehen {what}</translation>
        </message>
        <message>
            <source>Nobody here has that name.</source>
            <translation>Niemand hier heißt so.</translation>
        </message>
        <message>
            <source>Profile</source>
            <translation>Profil</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>Entfernen</translation>
        </message>
        <message>
            <source>Remove from the group?</source>
            <translation>Aus der Gruppe entfernen?</translation>
        </message>
        <message>
            <source>Remove the picture</source>
            <translation>Bild entfernen</translation>
        </message>
        <message>
            <source>Remove {name}…</source>
            <translation>{name} entfernen …</translation>
        </message>
        <message>
            <source>Saving…</source>
            <translation>Wird gespeichert…</translation>
        </message>
        <message>
            <source>Search members</source>
            <translation>Mitglieder suchen</translation>
        </message>
        <message>
            <source>Who shall own it?</source>
            <translation>Wem soll sie gehören?</translation>
        </message>
        <message>
            <source>You are offline: the group can be changed once the connection is back.</source>
            <translation>Du bist offline: Die Gruppe lässt sich ändern, sobald die Verbindung wieder da ist.</translation>
        </message>
        <message>
            <source>You are the last one here: the group and its messages are gone for good.</source>
            <translation>Du bist hier die letzte Person: Die Gruppe und ihre Nachrichten sind dann für immer weg.</translation>
        </message>
        <message>
            <source>You own this group. Hand it over to somebody first: choose them among the members, then “Hand the group over…”.</source>
            <translation>Diese Gruppe gehört dir. Übergib sie zuerst: Wähle jemanden unter den Mitgliedern, dann „Gruppe übergeben …“.</translation>
        </message>
        <message>
            <source>everything</source>
            <translation>alles</translation>
        </message>
        <message>
            <source>what comes after they joined</source>
            <translation>was nach ihrem Beitritt kommt</translation>
        </message>
        <message>
            <source>{name} loses this group and its messages on all devices.</source>
            <translation>{name} verliert diese Gruppe und ihre Nachrichten auf allen Geräten.</translation>
        </message>
        <message>
            <source>{name} will own the group, and you will be an admin. Only {name} can give it back.</source>
            <translation>Die Gruppe gehört dann {name}, und du bist Admin. Nur {name} kann sie zurückgeben.</translation>
        </message>
    </context>
    <context>
        <name>Header</name>
        <message numerus="yes">
            <source>%n member(s)</source>
            <translation>
                <numerusform>%n Mitglied</numerusform>
                <numerusform>%n Mitglieder</numerusform>
            </translation>
        </message>
        <message>
            <source>Details of {title}</source>
            <translation>Details von {title}</translation>
        </message>
        <message>
            <source>Notes to yourself</source>
            <translation>Notizen an dich selbst</translation>
        </message>
        <message>
            <source>Profile of {name}</source>
            <translation>Profil von {name}</translation>
        </message>
        <message>
            <source>typing…</source>
            <translation>schreibt …</translation>
        </message>
        <message>
            <source>{names} typing…</source>
            <translation>{names}: schreibt …</translation>
        </message>
        <message>
            <source>{n} online</source>
            <translation>{n} online</translation>
        </message>
    </context>
    <context>
        <name>Journey</name>
        <message>
            <source>+{n} h</source>
            <translation>+{n} h</translation>
        </message>
        <message>
            <source>+{n} min</source>
            <translation>+{n} min</translation>
        </message>
        <message>
            <source>+{n} ms</source>
            <translation>+{n} ms</translation>
        </message>
        <message>
            <source>+{n} s</source>
            <translation>+{n} s</translation>
        </message>
        <message>
            <source>Delivered to all</source>
            <translation>Allen zugestellt</translation>
        </message>
        <message>
            <source>Kept on this device</source>
            <translation>Auf diesem Gerät gesichert</translation>
        </message>
        <message>
            <source>Read by all</source>
            <translation>Von allen gelesen</translation>
        </message>
        <message>
            <source>Sent</source>
            <translation>Gesendet</translation>
        </message>
        <message>
            <source>Sent (attempt {n})</source>
            <translation>Gesendet (Versuch {n})</translation>
        </message>
        <message>
            <source>Stored on the server</source>
            <translation>Auf dem Server gespeichert</translation>
        </message>
        <message>
            <source>The time is that of the server’s clock.</source>
            <translation>Die Zeit ist die der Uhr des Servers.</translation>
        </message>
        <message>
            <source>What happened to this message</source>
            <translation>Was mit dieser Nachricht geschah</translation>
        </message>
        <message>
            <source>Written</source>
            <translation>Geschrieben</translation>
        </message>
        <message>
            <source>Written in another run or on another device: not every step was noted here.</source>
            <translation>In einem anderen Lauf oder auf einem anderen Gerät geschrieben: Nicht jeder Schritt wurde hier vermerkt.</translation>
        </message>
    </context>
    <context>
        <name>Latency</name>
        <message>
            <source>Not connected</source>
            <translation>Nicht verbunden</translation>
        </message>
        <message>
            <source>Round trip {ms} milliseconds</source>
            <translation>Laufzeit {ms} Millisekunden</translation>
        </message>
        <message>
            <source>offline</source>
            <translation>offline</translation>
        </message>
        <message>
            <source>{ms} ms</source>
            <translation>{ms} ms</translation>
        </message>
    </context>
    <context>
        <name>Links</name>
        <message>
            <source>This link goes to {host}, which can look like another address.</source>
            <translation>Dieser Link führt zu {host}, was wie eine andere Adresse aussehen kann.</translation>
        </message>
        <message>
            <source>This link goes to {host}. It has invisible characters.</source>
            <translation>Dieser Link führt zu {host}. Er enthält unsichtbare Zeichen.</translation>
        </message>
        <message>
            <source>This link goes to {host}. What stands before the @ is only a name.</source>
            <translation>Dieser Link führt zu {host}. Was vor dem @ steht, ist nur ein Name.</translation>
        </message>
    </context>
    <context>
        <name>Main</name>
        <message>
            <source>Chinwag</source>
            <translation>Chinwag</translation>
        </message>
        <message>
            <source>Connection</source>
            <translation>Verbindung</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>Dunkel</translation>
        </message>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>Tastenkürzel</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>Hell</translation>
        </message>
        <message>
            <source>Look of the system</source>
            <translation>Wie das System</translation>
        </message>
        <message>
            <source>Mentions of you</source>
            <translation>Erwähnungen von dir</translation>
        </message>
        <message>
            <source>New conversation</source>
            <translation>Neue Unterhaltung</translation>
        </message>
        <message>
            <source>Report copied</source>
            <translation>Bericht kopiert</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <source>Sign out…</source>
            <translation>Abmelden …</translation>
        </message>
        <message>
            <source>Your profile…</source>
            <translation>Dein Profil…</translation>
        </message>
        <message>
            <source>{title} · Chinwag</source>
            <translation>{title} · Chinwag</translation>
        </message>
    </context>
    <context>
        <name>Members</name>
        <message>
            <source>admin</source>
            <translation>Admin</translation>
        </message>
        <message>
            <source>owner</source>
            <translation>Besitz</translation>
        </message>
        <message>
            <source>{name} (you)</source>
            <translation>{name} (du)</translation>
        </message>
    </context>
    <context>
        <name>Mention</name>
        <message>
            <source>Everybody in this group</source>
            <translation>Alle in dieser Gruppe</translation>
        </message>
        <message>
            <source>Mentions of you</source>
            <translation>Erwähnungen von dir</translation>
        </message>
        <message>
            <source>Nobody has mentioned you yet.</source>
            <translation>Noch hat dich niemand erwähnt.</translation>
        </message>
        <message>
            <source>People to mention</source>
            <translation>Wen du meinen kannst</translation>
        </message>
    </context>
    <context>
        <name>Messages</name>
        <message>
            <source>Messages</source>
            <translation>Nachrichten</translation>
        </message>
    </context>
    <context>
        <name>NewConversation</name>
        <message>
            <source>Create group</source>
            <translation>Gruppe anlegen</translation>
        </message>
        <message>
            <source>Name of the group</source>
            <translation>Name der Gruppe</translation>
        </message>
        <message>
            <source>New conversation</source>
            <translation>Neue Unterhaltung</translation>
        </message>
        <message>
            <source>Nobody has that name.</source>
            <translation>Niemand heißt so.</translation>
        </message>
        <message>
            <source>People</source>
            <translation>Leute</translation>
        </message>
        <message>
            <source>Search people</source>
            <translation>Leute suchen</translation>
        </message>
        <message>
            <source>Start</source>
            <translation>Beginnen</translation>
        </message>
    </context>
    <context>
        <name>Notice</name>
        <message numerus="yes">
            <source>%n new message(s)</source>
            <translation>
                <numerusform>%n neue Nachricht</numerusform>
                <numerusform>%n neue Nachrichten</numerusform>
            </translation>
        </message>
        <message>
            <source>Reply</source>
            <translation>Antworten</translation>
        </message>
        <message>
            <source>Send</source>
            <translation>Senden</translation>
        </message>
        <message>
            <source>{name}: {words}</source>
            <translation>{name}: {words}</translation>
        </message>
    </context>
    <context>
        <name>Outbox</name>
        <message numerus="yes">
            <source>%n message(s) not sent yet</source>
            <translation>
                <numerusform>%n Nachricht noch nicht gesendet</numerusform>
                <numerusform>%n Nachrichten noch nicht gesendet</numerusform>
            </translation>
        </message>
        <message>
            <source>Being sent.</source>
            <translation>Wird gesendet.</translation>
        </message>
        <message>
            <source>Discard</source>
            <translation>Verwerfen</translation>
        </message>
        <message>
            <source>Retry</source>
            <translation>Erneut senden</translation>
        </message>
        <message>
            <source>Show</source>
            <translation>Anzeigen</translation>
        </message>
        <message numerus="yes">
            <source>Tried %n time(s).</source>
            <translation>
                <numerusform>Einmal versucht.</numerusform>
                <numerusform>%n-mal versucht.</numerusform>
            </translation>
        </message>
        <message>
            <source>Waits for the connection.</source>
            <translation>Wartet auf die Verbindung.</translation>
        </message>
        <message numerus="yes">
            <source>and %n more</source>
            <translation>
                <numerusform>und %n weitere</numerusform>
                <numerusform>und %n weitere</numerusform>
            </translation>
        </message>
        <message>
            <source>{reason} Written {span} ago.</source>
            <translation>{reason} Geschrieben vor {span}.</translation>
        </message>
    </context>
    <context>
        <name>Pane</name>
        <message>
            <source>New conversation</source>
            <translation>Neue Unterhaltung</translation>
        </message>
        <message>
            <source>No messages yet</source>
            <translation>Noch keine Nachrichten</translation>
        </message>
        <message>
            <source>Or start one: press Ctrl+N and type a name.</source>
            <translation>Oder beginne eine: Drücke Strg+N und tippe einen Namen.</translation>
        </message>
        <message>
            <source>Pick a conversation</source>
            <translation>Wähle eine Unterhaltung</translation>
        </message>
        <message>
            <source>This is the beginning of your talk with {name}.</source>
            <translation>Hier beginnt deine Unterhaltung mit {name}.</translation>
        </message>
        <message>
            <source>Write the first one.</source>
            <translation>Schreibe die erste.</translation>
        </message>
    </context>
    <context>
        <name>Password</name>
        <message>
            <source>A password has {least} to {most} characters.</source>
            <translation>Ein Passwort hat {least} bis {most} Zeichen.</translation>
        </message>
        <message>
            <source>Change</source>
            <translation>Ändern</translation>
        </message>
        <message>
            <source>Change the password</source>
            <translation>Passwort ändern</translation>
        </message>
        <message>
            <source>Changing…</source>
            <translation>Wird geändert…</translation>
        </message>
        <message>
            <source>New password</source>
            <translation>Neues Passwort</translation>
        </message>
        <message>
            <source>Present password</source>
            <translation>Jetziges Passwort</translation>
        </message>
        <message>
            <source>That is not your present password.</source>
            <translation>Das ist nicht dein jetziges Passwort.</translation>
        </message>
        <message>
            <source>The server did not answer in time: it may have changed your password.</source>
            <translation>Der Server hat nicht rechtzeitig geantwortet: Vielleicht hat er dein Passwort geändert.</translation>
        </message>
        <message>
            <source>Type your present password.</source>
            <translation>Gib dein jetziges Passwort ein.</translation>
        </message>
        <message>
            <source>Your other devices are signed out, and sign in with the new one.</source>
            <translation>Deine anderen Geräte werden abgemeldet und melden sich mit dem neuen an.</translation>
        </message>
        <message>
            <source>Your password is changed. Other devices are signed out.</source>
            <translation>Dein Passwort ist geändert. Andere Geräte sind abgemeldet.</translation>
        </message>
    </context>
    <context>
        <name>People</name>
        <message>
            <source>Somebody</source>
            <translation>Jemand</translation>
        </message>
        <message>
            <source>account disabled</source>
            <translation>Konto gesperrt</translation>
        </message>
        <message>
            <source>do not disturb</source>
            <translation>nicht stören</translation>
        </message>
        <message>
            <source>offline</source>
            <translation>offline</translation>
        </message>
        <message>
            <source>online</source>
            <translation>online</translation>
        </message>
    </context>
    <context>
        <name>Pins</name>
        <message>
            <source>All pinned messages</source>
            <translation>Alle angehefteten Nachrichten</translation>
        </message>
        <message>
            <source>Nothing is pinned here.</source>
            <translation>Hier ist nichts angeheftet.</translation>
        </message>
        <message>
            <source>Pinned</source>
            <translation>Angeheftet</translation>
        </message>
        <message>
            <source>Pinned messages</source>
            <translation>Angeheftete Nachrichten</translation>
        </message>
        <message>
            <source>{n} of {total}</source>
            <translation>{n} von {total}</translation>
        </message>
    </context>
    <context>
        <name>Profile</name>
        <message>
            <source>Block</source>
            <translation>Blockieren</translation>
        </message>
        <message>
            <source>Block {name}?</source>
            <translation>{name} blockieren?</translation>
        </message>
        <message>
            <source>Block…</source>
            <translation>Blockieren…</translation>
        </message>
        <message>
            <source>Choose a picture…</source>
            <translation>Bild wählen…</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>Do not disturb</source>
            <translation>Nicht stören</translation>
        </message>
        <message>
            <source>Ends</source>
            <translation>Endet</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>Schreiben</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>Name</translation>
        </message>
        <message>
            <source>Neither of you can write to the other, and {name} cannot add you to groups. In groups that you share you go on seeing each other. {name} is not told.</source>
            <translation>Ihr könnt einander nicht mehr schreiben, und {name} kann dich zu keiner Gruppe hinzufügen. In gemeinsamen Gruppen seht ihr euch weiterhin. {name} erfährt nichts davon.</translation>
        </message>
        <message>
            <source>No notifications on any of your devices; others see it.</source>
            <translation>Keine Benachrichtigungen auf deinen Geräten; andere sehen es.</translation>
        </message>
        <message>
            <source>On holiday, at the harbour…</source>
            <translation>Im Urlaub, am Hafen…</translation>
        </message>
        <message>
            <source>Profile</source>
            <translation>Profil</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>Entfernen</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>Speichern</translation>
        </message>
        <message>
            <source>Saving…</source>
            <translation>Wird gespeichert…</translation>
        </message>
        <message>
            <source>Unblock</source>
            <translation>Freigeben</translation>
        </message>
        <message>
            <source>What you say about yourself</source>
            <translation>Was du über dich sagst</translation>
        </message>
        <message>
            <source>You are offline: this can be changed once the connection is back.</source>
            <translation>Du bist offline: Das lässt sich ändern, sobald die Verbindung wieder da ist.</translation>
        </message>
        <message>
            <source>You block this person: neither of you can write to the other.</source>
            <translation>Du blockierst diese Person: Ihr könnt einander nicht schreiben.</translation>
        </message>
        <message>
            <source>Your profile</source>
            <translation>Dein Profil</translation>
        </message>
        <message>
            <source>as it is: {when}</source>
            <translation>wie bisher: {when}</translation>
        </message>
        <message>
            <source>at midnight</source>
            <translation>um Mitternacht</translation>
        </message>
        <message>
            <source>in an hour</source>
            <translation>in einer Stunde</translation>
        </message>
        <message>
            <source>when I change it</source>
            <translation>wenn ich es ändere</translation>
        </message>
    </context>
    <context>
        <name>Questions</name>
        <message numerus="yes">
            <source>%n message(s) have not been sent. They will be lost.</source>
            <translation>
                <numerusform>Eine Nachricht ist nicht gesendet. Sie geht verloren.</numerusform>
                <numerusform>%n Nachrichten sind nicht gesendet. Sie gehen verloren.</numerusform>
            </translation>
        </message>
        <message>
            <source>Attach as it is</source>
            <translation>So anhängen</translation>
        </message>
        <message>
            <source>Delete</source>
            <translation>Löschen</translation>
        </message>
        <message>
            <source>Delete this message?</source>
            <translation>Diese Nachricht löschen?</translation>
        </message>
        <message>
            <source>Discard</source>
            <translation>Verwerfen</translation>
        </message>
        <message>
            <source>Discard this message?</source>
            <translation>Diese Nachricht verwerfen?</translation>
        </message>
        <message>
            <source>Everything that is kept on this device is removed. Your messages stay on the server.</source>
            <translation>Alles, was auf diesem Gerät aufbewahrt ist, wird entfernt. Deine Nachrichten bleiben auf dem Server.</translation>
        </message>
        <message>
            <source>In a file</source>
            <translation>In einer Datei</translation>
        </message>
        <message>
            <source>In memory only</source>
            <translation>Nur im Speicher</translation>
        </message>
        <message>
            <source>One message has not been sent. It will be lost.</source>
            <translation>Eine Nachricht ist nicht gesendet. Sie geht verloren.</translation>
        </message>
        <message>
            <source>Open it</source>
            <translation>Öffnen</translation>
        </message>
        <message>
            <source>Open this link?</source>
            <translation>Diesen Link öffnen?</translation>
        </message>
        <message>
            <source>Send what the camera noted, too?</source>
            <translation>Auch senden, was die Kamera notiert hat?</translation>
        </message>
        <message>
            <source>Sign out</source>
            <translation>Abmelden</translation>
        </message>
        <message>
            <source>Sign out and lose them</source>
            <translation>Abmelden und verlieren</translation>
        </message>
        <message>
            <source>Sign out?</source>
            <translation>Abmelden?</translation>
        </message>
        <message>
            <source>Stay signed in?</source>
            <translation>Angemeldet bleiben?</translation>
        </message>
        <message>
            <source>This system has no keyring to keep your sign-in safe. Chinwag can keep it in memory, so that you sign in again after each start, or in a file that only your user account can read.</source>
            <translation>Dieses System hat keinen Schlüsselbund, der deine Anmeldung sicher verwahrt. Chinwag kann sie im Speicher behalten, dann meldest du dich nach jedem Start neu an, oder in einer Datei, die nur dein Benutzerkonto lesen kann.</translation>
        </message>
        <message>
            <source>{names}
Cameras write into a photo when and where it was taken. Chinwag takes that out of PNG, JPEG, GIF and WebP, but not out of this kind of file: whoever gets it can read it.</source>
            <translation>{names}
Kameras schreiben in ein Foto, wann und wo es entstand. Chinwag nimmt das aus PNG, JPEG, GIF und WebP heraus, nicht aber aus dieser Art Datei: Wer sie bekommt, kann es lesen.</translation>
        </message>
        <message>
            <source>“{words}” has not been sent, and is kept nowhere else.</source>
            <translation>„{words}“ wurde nicht gesendet und ist nirgends sonst gespeichert.</translation>
        </message>
        <message>
            <source>“{words}” is taken away from everybody in this conversation.</source>
            <translation>„{words}“ verschwindet für alle in dieser Unterhaltung.</translation>
        </message>
    </context>
    <context>
        <name>Reactions</name>
        <message>
            <source>Another emoji</source>
            <translation>Ein anderes Emoji</translation>
        </message>
        <message>
            <source>React</source>
            <translation>Reagieren</translation>
        </message>
        <message>
            <source>React with {emoji}</source>
            <translation>Mit {emoji} reagieren</translation>
        </message>
        <message>
            <source>Take back {emoji}</source>
            <translation>{emoji} zurücknehmen</translation>
        </message>
    </context>
    <context>
        <name>Readers</name>
        <message>
            <source>Who has read it</source>
            <translation>Wer sie gelesen hat</translation>
        </message>
        <message>
            <source>delivered</source>
            <translation>zugestellt</translation>
        </message>
        <message>
            <source>not yet</source>
            <translation>noch nicht</translation>
        </message>
        <message>
            <source>read</source>
            <translation>gelesen</translation>
        </message>
    </context>
    <context>
        <name>Row</name>
        <message>
            <source> and {n} more</source>
            <translation> und {n} mehr</translation>
        </message>
        <message>
            <source>Enter sends it again, Delete discards it.</source>
            <translation>Enter sendet sie erneut, Entfernen verwirft sie.</translation>
        </message>
        <message>
            <source>Forwarded from yourself</source>
            <translation>Weitergeleitet von dir</translation>
        </message>
        <message>
            <source>Forwarded from {name}</source>
            <translation>Weitergeleitet von {name}</translation>
        </message>
        <message>
            <source>Loading</source>
            <translation>Wird geladen</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>Schreiben</translation>
        </message>
        <message>
            <source>Message deleted</source>
            <translation>Nachricht gelöscht</translation>
        </message>
        <message>
            <source>Picture {name}</source>
            <translation>Bild {name}</translation>
        </message>
        <message>
            <source>You</source>
            <translation>Du</translation>
        </message>
        <message>
            <source>edited</source>
            <translation>bearbeitet</translation>
        </message>
        <message>
            <source>in reply to {words}</source>
            <translation>als Antwort auf {words}</translation>
        </message>
    </context>
    <context>
        <name>Settings</name>
        <message>
            <source>Account</source>
            <translation>Konto</translation>
        </message>
        <message>
            <source>Advanced</source>
            <translation>Erweitert</translation>
        </message>
        <message>
            <source>Appearance</source>
            <translation>Aussehen</translation>
        </message>
        <message>
            <source>As the system</source>
            <translation>Wie das System</translation>
        </message>
        <message>
            <source>Blocked people…</source>
            <translation>Blockierte…</translation>
        </message>
        <message>
            <source>By the desktop’s own notifications, while I do not look at the conversation.</source>
            <translation>Mit den Benachrichtigungen des Systems, solange ich die Unterhaltung nicht ansehe.</translation>
        </message>
        <message>
            <source>Change…</source>
            <translation>Ändern…</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>Compact</source>
            <translation>Kompakt</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>Dunkel</translation>
        </message>
        <message>
            <source>Devices…</source>
            <translation>Geräte…</translation>
        </message>
        <message>
            <source>Language</source>
            <translation>Sprache</translation>
        </message>
        <message>
            <source>Less motion</source>
            <translation>Weniger Bewegung</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>Hell</translation>
        </message>
        <message>
            <source>Look</source>
            <translation>Farben</translation>
        </message>
        <message>
            <source>Messages and conversations stand closer together.</source>
            <translation>Nachrichten und Unterhaltungen stehen enger beieinander.</translation>
        </message>
        <message>
            <source>Nothing slides or glides.</source>
            <translation>Nichts gleitet.</translation>
        </message>
        <message>
            <source>Notifications</source>
            <translation>Benachrichtigungen</translation>
        </message>
        <message>
            <source>People who cannot write to you</source>
            <translation>Wer dir nicht schreiben kann</translation>
        </message>
        <message>
            <source>Privacy</source>
            <translation>Privatsphäre</translation>
        </message>
        <message>
            <source>Profile…</source>
            <translation>Profil…</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <source>Show others when I am typing</source>
            <translation>Anderen zeigen, dass ich schreibe</translation>
        </message>
        <message>
            <source>Show the log</source>
            <translation>Protokoll zeigen</translation>
        </message>
        <message>
            <source>Show what was written</source>
            <translation>Zeigen, was geschrieben wurde</translation>
        </message>
        <message>
            <source>Size of text and everything else</source>
            <translation>Größe von Text und allem anderen</translation>
        </message>
        <message>
            <source>Start again now</source>
            <translation>Jetzt neu starten</translation>
        </message>
        <message>
            <source>Tell me of new messages</source>
            <translation>Neue Nachrichten melden</translation>
        </message>
        <message>
            <source>This changes at the next start.</source>
            <translation>Das ändert sich mit dem nächsten Start.</translation>
        </message>
        <message>
            <source>Version {version}</source>
            <translation>Version {version}</translation>
        </message>
        <message>
            <source>What the app noted for when something goes wrong</source>
            <translation>Was die App notiert hat, für den Fall, dass etwas schiefgeht</translation>
        </message>
        <message>
            <source>Where you are signed in</source>
            <translation>Wo du angemeldet bist</translation>
        </message>
        <message>
            <source>Your password</source>
            <translation>Dein Passwort</translation>
        </message>
        <message>
            <source>Your picture, name and status</source>
            <translation>Bild, Name und Status</translation>
        </message>
        <message>
            <source>{percent} %</source>
            <translation>{percent} %</translation>
        </message>
    </context>
    <context>
        <name>Shortcuts</name>
        <message>
            <source>All emoji</source>
            <translation>Alle Emoji</translation>
        </message>
        <message>
            <source>Anywhere</source>
            <translation>Überall</translation>
        </message>
        <message>
            <source>Bold, italic</source>
            <translation>Fett, kursiv</translation>
        </message>
        <message>
            <source>Change it</source>
            <translation>Bearbeiten</translation>
        </message>
        <message>
            <source>Change the last message</source>
            <translation>Letzte Nachricht bearbeiten</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>Connection</source>
            <translation>Verbindung</translation>
        </message>
        <message>
            <source>Conversation above, below</source>
            <translation>Unterhaltung darüber, darunter</translation>
        </message>
        <message>
            <source>Copy its text, or the selection</source>
            <translation>Seinen Text kopieren, oder die Auswahl</translation>
        </message>
        <message>
            <source>Delete it</source>
            <translation>Löschen</translation>
        </message>
        <message>
            <source>Drop reply or change</source>
            <translation>Antwort, Änderung verwerfen</translation>
        </message>
        <message>
            <source>Everything else</source>
            <translation>Alles andere</translation>
        </message>
        <message>
            <source>Find a chat or a person</source>
            <translation>Unterhaltung, Person finden</translation>
        </message>
        <message>
            <source>First, last message</source>
            <translation>Erste, letzte Nachricht</translation>
        </message>
        <message>
            <source>Fit the window</source>
            <translation>Ins Fenster einpassen</translation>
        </message>
        <message>
            <source>Forward</source>
            <translation>Weiterleiten</translation>
        </message>
        <message>
            <source>Go to a day</source>
            <translation>Zu einem Tag gehen</translation>
        </message>
        <message>
            <source>In a picture</source>
            <translation>In einem Bild</translation>
        </message>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>Tastenkürzel</translation>
        </message>
        <message>
            <source>Larger, smaller</source>
            <translation>Größer, kleiner</translation>
        </message>
        <message>
            <source>Mention somebody, an emoji</source>
            <translation>Jemanden erwähnen, ein Emoji</translation>
        </message>
        <message>
            <source>Mentions of you</source>
            <translation>Erwähnungen von dir</translation>
        </message>
        <message>
            <source>Message above, below</source>
            <translation>Nachricht darüber, darunter</translation>
        </message>
        <message>
            <source>New conversation</source>
            <translation>Neue Unterhaltung</translation>
        </message>
        <message>
            <source>New line</source>
            <translation>Neue Zeile</translation>
        </message>
        <message>
            <source>On a message</source>
            <translation>Auf einer Nachricht</translation>
        </message>
        <message>
            <source>Picture before, after</source>
            <translation>Bild davor, danach</translation>
        </message>
        <message>
            <source>Pin, unpin</source>
            <translation>Anheften, lösen</translation>
        </message>
        <message>
            <source>React</source>
            <translation>Reagieren</translation>
        </message>
        <message>
            <source>Reply</source>
            <translation>Antworten</translation>
        </message>
        <message>
            <source>Save it</source>
            <translation>Speichern</translation>
        </message>
        <message>
            <source>Select all of it</source>
            <translation>Alles auswählen</translation>
        </message>
        <message>
            <source>Send</source>
            <translation>Senden</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <source>Strike out, code</source>
            <translation>Durchgestrichen, Code</translation>
        </message>
        <message>
            <source>This list</source>
            <translation>Diese Liste</translation>
        </message>
        <message>
            <source>What happened to it</source>
            <translation>Was damit geschah</translation>
        </message>
        <message>
            <source>While writing</source>
            <translation>Beim Schreiben</translation>
        </message>
    </context>
    <context>
        <name>Sidebar</name>
        <message>
            <source>Account of {name}</source>
            <translation>Konto von {name}</translation>
        </message>
        <message>
            <source>Archive</source>
            <translation>Archivieren</translation>
        </message>
        <message>
            <source>Conversations and people</source>
            <translation>Unterhaltungen und Leute</translation>
        </message>
        <message>
            <source>Draft:</source>
            <translation>Entwurf:</translation>
        </message>
        <message>
            <source>Find people</source>
            <translation>Leute finden</translation>
        </message>
        <message>
            <source>Mark as read</source>
            <translation>Als gelesen markieren</translation>
        </message>
        <message>
            <source>Mark as read and archive</source>
            <translation>Als gelesen markieren und archivieren</translation>
        </message>
        <message>
            <source>Mark as unread</source>
            <translation>Als ungelesen markieren</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>Schreiben</translation>
        </message>
        <message>
            <source>Mute for 1 hour</source>
            <translation>1 Stunde stumm</translation>
        </message>
        <message>
            <source>Mute for 8 hours</source>
            <translation>8 Stunden stumm</translation>
        </message>
        <message>
            <source>Mute until I unmute it</source>
            <translation>Stumm, bis ich es aufhebe</translation>
        </message>
        <message>
            <source>Never notify</source>
            <translation>Nie melden</translation>
        </message>
        <message>
            <source>New conversation (Ctrl+N)</source>
            <translation>Neue Unterhaltung (Strg+N)</translation>
        </message>
        <message>
            <source>No conversation and no person has that name.</source>
            <translation>Keine Unterhaltung und niemand heißt so.</translation>
        </message>
        <message>
            <source>No conversations yet</source>
            <translation>Noch keine Unterhaltungen</translation>
        </message>
        <message>
            <source>Nothing found</source>
            <translation>Nichts gefunden</translation>
        </message>
        <message>
            <source>Notify of every message</source>
            <translation>Jede Nachricht melden</translation>
        </message>
        <message>
            <source>Notify when I am mentioned</source>
            <translation>Melden, wenn ich gemeint bin</translation>
        </message>
        <message>
            <source>Online · {n}</source>
            <translation>Online · {n}</translation>
        </message>
        <message>
            <source>People · {n}</source>
            <translation>Leute · {n}</translation>
        </message>
        <message>
            <source>Pin to the top</source>
            <translation>Oben anheften</translation>
        </message>
        <message>
            <source>Profile</source>
            <translation>Profil</translation>
        </message>
        <message>
            <source>Search</source>
            <translation>Suchen</translation>
        </message>
        <message>
            <source>Take out of the archive</source>
            <translation>Aus dem Archiv holen</translation>
        </message>
        <message>
            <source>Unmute</source>
            <translation>Nicht mehr stumm</translation>
        </message>
        <message>
            <source>Unpin</source>
            <translation>Lösen</translation>
        </message>
        <message>
            <source>When someone writes to you, it shows up here.</source>
            <translation>Wenn dir jemand schreibt, erscheint es hier.</translation>
        </message>
    </context>
    <context>
        <name>SignIn</name>
        <message>
            <source>A name has 1 to 64 characters.</source>
            <translation>Ein Name hat 1 bis 64 Zeichen.</translation>
        </message>
        <message>
            <source>A password has 10 to 256 characters.</source>
            <translation>Ein Passwort hat 10 bis 256 Zeichen.</translation>
        </message>
        <message>
            <source>A user name has 3 to 32 of a–z, 0–9, dot, dash and underscore.</source>
            <translation>Ein Benutzername hat 3 bis 32 Zeichen: a–z, 0–9, Punkt, Minus, Unterstrich.</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>Abbrechen</translation>
        </message>
        <message>
            <source>Create account</source>
            <translation>Konto anlegen</translation>
        </message>
        <message>
            <source>Create an account</source>
            <translation>Konto anlegen</translation>
        </message>
        <message>
            <source>Have an account?</source>
            <translation>Du hast ein Konto?</translation>
        </message>
        <message>
            <source>If it does not encrypt, begin its address with http://.</source>
            <translation>Verschlüsselt er nicht, beginne seine Adresse mit http://.</translation>
        </message>
        <message>
            <source>If you were given one</source>
            <translation>Falls du eine bekommen hast</translation>
        </message>
        <message>
            <source>Invitation code</source>
            <translation>Einladung</translation>
        </message>
        <message>
            <source>Join a server</source>
            <translation>Einem Server beitreten</translation>
        </message>
        <message>
            <source>New here?</source>
            <translation>Neu hier?</translation>
        </message>
        <message>
            <source>New people need an invitation here. Check its code, or ask for a new one.</source>
            <translation>Neue brauchen hier eine Einladung. Prüfe ihren Code, oder frage nach einer neuen.</translation>
        </message>
        <message>
            <source>Not connected: you have not confirmed the server’s certificate.</source>
            <translation>Nicht verbunden: Du hast das Zertifikat des Servers nicht bestätigt.</translation>
        </message>
        <message>
            <source>One moment…</source>
            <translation>Einen Moment…</translation>
        </message>
        <message>
            <source>Password</source>
            <translation>Passwort</translation>
        </message>
        <message>
            <source>Server</source>
            <translation>Server</translation>
        </message>
        <message>
            <source>Sign in</source>
            <translation>Anmelden</translation>
        </message>
        <message>
            <source>Sign in to Chinwag</source>
            <translation>Bei Chinwag anmelden</translation>
        </message>
        <message>
            <source>That is not an invitation code.</source>
            <translation>Das ist kein Einladungscode.</translation>
        </message>
        <message>
            <source>That user name and password do not match.</source>
            <translation>Benutzername und Passwort passen nicht zusammen.</translation>
        </message>
        <message>
            <source>That user name is taken.</source>
            <translation>Dieser Benutzername ist vergeben.</translation>
        </message>
        <message>
            <source>The connection broke. Try again.</source>
            <translation>Die Verbindung brach ab. Versuche es noch einmal.</translation>
        </message>
        <message>
            <source>The server cannot accept this. Check what you typed.</source>
            <translation>Der Server kann das nicht annehmen. Prüfe deine Eingabe.</translation>
        </message>
        <message>
            <source>The server has a fault. Its log knows more; try again later.</source>
            <translation>Der Server hat einen Fehler. Sein Protokoll weiß mehr; versuche es später noch einmal.</translation>
        </message>
        <message>
            <source>The server is not ready. Try again in a moment.</source>
            <translation>Der Server ist noch nicht bereit. Versuche es gleich noch einmal.</translation>
        </message>
        <message>
            <source>This account is disabled. Ask whoever runs the server.</source>
            <translation>Dieses Konto ist gesperrt. Frage, wer den Server betreibt.</translation>
        </message>
        <message>
            <source>This device was signed out from another one.</source>
            <translation>Dieses Gerät wurde von einem anderen aus abgemeldet.</translation>
        </message>
        <message>
            <source>This server encrypts: begin its address with https://.</source>
            <translation>Dieser Server verschlüsselt: Beginne seine Adresse mit https://.</translation>
        </message>
        <message>
            <source>This server takes no new people. Ask whoever runs it.</source>
            <translation>Dieser Server nimmt niemanden Neues auf. Frage, wer ihn betreibt.</translation>
        </message>
        <message>
            <source>Too many tries. Wait {s} seconds, then try again.</source>
            <translation>Zu viele Versuche. Warte {s} Sekunden, dann noch einmal.</translation>
        </message>
        <message>
            <source>Type the server’s address, such as chat.example.org.</source>
            <translation>Gib die Adresse des Servers ein, etwa chat.example.org.</translation>
        </message>
        <message>
            <source>Type your password.</source>
            <translation>Gib dein Passwort ein.</translation>
        </message>
        <message>
            <source>Type your user name.</source>
            <translation>Gib deinen Benutzernamen ein.</translation>
        </message>
        <message>
            <source>User name</source>
            <translation>Benutzername</translation>
        </message>
        <message>
            <source>Your account was disabled. Ask whoever runs the server.</source>
            <translation>Dein Konto wurde gesperrt. Frage, wer den Server betreibt.</translation>
        </message>
        <message>
            <source>Your name, as others see it</source>
            <translation>Dein Name, wie ihn andere sehen</translation>
        </message>
        <message>
            <source>Your password was changed. Sign in with the new one.</source>
            <translation>Dein Passwort wurde geändert. Melde dich mit dem neuen an.</translation>
        </message>
        <message>
            <source>Your sign-in has ended. Sign in again to go on; what you wrote is kept.</source>
            <translation>Deine Anmeldung ist zu Ende. Melde dich neu an; was du geschrieben hast, ist aufbewahrt.</translation>
        </message>
        <message>
            <source>Your team’s own server, your team’s own talk.</source>
            <translation>Der eigene Server deines Teams, das eigene Gespräch.</translation>
        </message>
        <message>
            <source>{title} · Chinwag</source>
            <translation>{title} · Chinwag</translation>
        </message>
    </context>
    <context>
        <name>Storage</name>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>Nothing can be sent now</source>
            <translation>Jetzt kann nichts gesendet werden</translation>
        </message>
        <message>
            <source>The file that keeps your messages until they are sent cannot be opened:
{path}
You can read, but not write. Check that the disk is not full and that the file is yours, then start Chinwag again.</source>
            <translation>Die Datei, die deine Nachrichten bis zum Senden aufbewahrt, lässt sich nicht öffnen:
{path}
Du kannst lesen, aber nicht schreiben. Prüfe, ob die Festplatte voll ist und die Datei dir gehört, dann starte Chinwag neu.</translation>
        </message>
        <message>
            <source>The file that keeps your messages until they are sent was damaged. What could be read of it will be sent; look whether something is missing. The damaged file is kept as
{path}</source>
            <translation>Die Datei, die deine Nachrichten bis zum Senden aufbewahrt, war beschädigt. Was lesbar war, wird gesendet; sieh nach, ob etwas fehlt. Die beschädigte Datei liegt als
{path}</translation>
        </message>
        <message>
            <source>Unsent messages may be missing</source>
            <translation>Ungesendete Nachrichten fehlen vielleicht</translation>
        </message>
    </context>
    <context>
        <name>System</name>
        <message>
            <source>The conversation was changed</source>
            <translation>Die Unterhaltung wurde geändert</translation>
        </message>
        <message>
            <source>You added {whom}</source>
            <translation>Du hast {whom} hinzugefügt</translation>
        </message>
        <message>
            <source>You changed the group picture</source>
            <translation>Du hast das Bild der Gruppe geändert</translation>
        </message>
        <message>
            <source>You created the group “{title}”</source>
            <translation>Du hast die Gruppe „{title}“ angelegt</translation>
        </message>
        <message>
            <source>You joined</source>
            <translation>Du bist beigetreten</translation>
        </message>
        <message>
            <source>You left</source>
            <translation>Du hast die Gruppe verlassen</translation>
        </message>
        <message>
            <source>You made {whom} a member</source>
            <translation>Du hast {whom} zum Mitglied gemacht</translation>
        </message>
        <message>
            <source>You made {whom} an admin</source>
            <translation>Du hast {whom} zum Admin gemacht</translation>
        </message>
        <message>
            <source>You made {whom} the owner</source>
            <translation>Du hast die Gruppe an {whom} übergeben</translation>
        </message>
        <message>
            <source>You removed {whom}</source>
            <translation>Du hast {whom} entfernt</translation>
        </message>
        <message>
            <source>You renamed the group to “{title}”</source>
            <translation>Du hast die Gruppe in „{title}“ umbenannt</translation>
        </message>
        <message>
            <source>somebody</source>
            <translation>jemanden</translation>
        </message>
        <message>
            <source>you</source>
            <translation>dich</translation>
        </message>
        <message>
            <source>{first} and {last}</source>
            <translation>{first} und {last}</translation>
        </message>
        <message>
            <source>{n} others</source>
            <translation>{n} weitere</translation>
        </message>
        <message>
            <source>{who} added {whom}</source>
            <translation>{who} hat {whom} hinzugefügt</translation>
        </message>
        <message>
            <source>{who} changed the group picture</source>
            <translation>{who} hat das Bild der Gruppe geändert</translation>
        </message>
        <message>
            <source>{who} created the group “{title}”</source>
            <translation>{who} hat die Gruppe „{title}“ angelegt</translation>
        </message>
        <message>
            <source>{who} joined</source>
            <translation>{who} ist beigetreten</translation>
        </message>
        <message>
            <source>{who} left</source>
            <translation>{who} hat die Gruppe verlassen</translation>
        </message>
        <message>
            <source>{who} made {whom} a member</source>
            <translation>{who} hat {whom} zum Mitglied gemacht</translation>
        </message>
        <message>
            <source>{who} made {whom} an admin</source>
            <translation>{who} hat {whom} zum Admin gemacht</translation>
        </message>
        <message>
            <source>{who} made {whom} the owner</source>
            <translation>{who} hat die Gruppe an {whom} übergeben</translation>
        </message>
        <message>
            <source>{who} removed {whom}</source>
            <translation>{who} hat {whom} entfernt</translation>
        </message>
        <message>
            <source>{who} renamed the group to “{title}”</source>
            <translation>{who} hat die Gruppe in „{title}“ umbenannt</translation>
        </message>
    </context>
    <context>
        <name>Timeline</name>
        <message numerus="yes">
            <source>%n new message(s)</source>
            <translation>
                <numerusform>%n neue Nachricht</numerusform>
                <numerusform>%n neue Nachrichten</numerusform>
            </translation>
        </message>
        <message>
            <source>Copy link</source>
            <translation>Link kopieren</translation>
        </message>
        <message>
            <source>Copy text</source>
            <translation>Text kopieren</translation>
        </message>
        <message>
            <source>Copy what is selected</source>
            <translation>Auswahl kopieren</translation>
        </message>
        <message>
            <source>Delete…</source>
            <translation>Löschen …</translation>
        </message>
        <message>
            <source>Details…</source>
            <translation>Details…</translation>
        </message>
        <message>
            <source>Discard</source>
            <translation>Verwerfen</translation>
        </message>
        <message>
            <source>Edit</source>
            <translation>Bearbeiten</translation>
        </message>
        <message>
            <source>Forward…</source>
            <translation>Weiterleiten …</translation>
        </message>
        <message>
            <source>Jump to the latest message (End)</source>
            <translation>Zur neuesten Nachricht (Ende)</translation>
        </message>
        <message>
            <source>Mark unread from here</source>
            <translation>Ab hier ungelesen</translation>
        </message>
        <message>
            <source>Message deleted</source>
            <translation>Nachricht gelöscht</translation>
        </message>
        <message>
            <source>Messages</source>
            <translation>Nachrichten</translation>
        </message>
        <message>
            <source>More</source>
            <translation>Mehr</translation>
        </message>
        <message>
            <source>Not sent</source>
            <translation>Nicht gesendet</translation>
        </message>
        <message>
            <source>Not sent. {reason}</source>
            <translation>Nicht gesendet. {reason}</translation>
        </message>
        <message>
            <source>Pin</source>
            <translation>Anheften</translation>
        </message>
        <message>
            <source>React</source>
            <translation>Reagieren</translation>
        </message>
        <message>
            <source>React…</source>
            <translation>Reagieren …</translation>
        </message>
        <message>
            <source>Reply</source>
            <translation>Antworten</translation>
        </message>
        <message>
            <source>Retry</source>
            <translation>Erneut senden</translation>
        </message>
        <message>
            <source>Save file…</source>
            <translation>Datei speichern …</translation>
        </message>
        <message>
            <source>Unpin</source>
            <translation>Lösen</translation>
        </message>
        <message>
            <source>edited {clock}</source>
            <translation>bearbeitet {clock}</translation>
        </message>
        <message>
            <source>pinned · {clock}</source>
            <translation>angeheftet · {clock}</translation>
        </message>
    </context>
    <context>
        <name>Trouble</name>
        <message>
            <source>Chinwag goes on. If something looks odd, start it again.
What happened is written down, without any of your messages, in
{path}</source>
            <translation>Chinwag läuft weiter. Sieht etwas seltsam aus, starte es neu.
Was geschah, steht ohne deine Nachrichten in
{path}</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>Schließen</translation>
        </message>
        <message>
            <source>Something went wrong</source>
            <translation>Etwas ist schiefgegangen</translation>
        </message>
    </context>
    <context>
        <name>Viewer</name>
        <message>
            <source>Close (Escape)</source>
            <translation>Schließen (Escape)</translation>
        </message>
        <message>
            <source>Loading…</source>
            <translation>Wird geladen …</translation>
        </message>
        <message>
            <source>Next picture (Right)</source>
            <translation>Nächstes Bild (rechts)</translation>
        </message>
        <message>
            <source>Previous picture (Left)</source>
            <translation>Voriges Bild (links)</translation>
        </message>
        <message>
            <source>Save file… (Ctrl+S)</source>
            <translation>Datei speichern … (Strg+S)</translation>
        </message>
        <message>
            <source>This picture cannot be shown.</source>
            <translation>Dieses Bild lässt sich nicht zeigen.</translation>
        </message>
        <message>
            <source>{n} of {all}</source>
            <translation>{n} von {all}</translation>
        </message>
    </context>
</TS>
